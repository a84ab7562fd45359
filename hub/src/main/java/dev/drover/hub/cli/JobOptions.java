package dev.drover.hub.cli;

import com.google.protobuf.ByteString;
import dev.drover.v1.AskTask;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.InstallTask;
import dev.drover.v1.JobSpec;
import dev.drover.v1.ListReleasesRequest;
import dev.drover.v1.Placement;
import dev.drover.v1.Release;
import dev.drover.v1.ResultMode;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code drover job run} takes, and the specification that it makes. */
final class JobOptions {
  private static final Pattern SELECTOR = Pattern.compile("[=<>!(]");

  @Option(names = "--name", paramLabel = "TEXT", description = "For people. Default: what it does.")
  private @Nullable String name;

  @Option(names = "--select", paramLabel = "SELECTOR", description = "Devices that match.")
  private String selector = "";

  @Option(names = "--device", paramLabel = "DEVICE", description = "This device; repeatable.")
  private @Nullable List<String> devices;

  @Option(names = "--in", paramLabel = "GROUP", description = "Saved group; repeatable.")
  private @Nullable List<String> targetGroups;

  @Option(names = "--continuous", description = "Also devices that match until the deadline.")
  private boolean continuous;

  @Option(names = "--any", paramLabel = "N", description = "Only the N devices best suited.")
  private int any;

  @Option(names = "--tool", paramLabel = "TOOL", description = "Call this tool.")
  private @Nullable String tool;

  @Option(names = "--args", paramLabel = "JSON", description = "Arguments of the tool.")
  private String arguments = "{}";

  @Option(names = "--ask", paramLabel = "QUESTION", description = "Ask this question of --release.")
  private @Nullable String question;

  @Option(names = "--release", paramLabel = "NAME/VERSION", description = "Whose question.")
  private @Nullable String release;

  @Option(names = "--param", paramLabel = "K=V", description = "A parameter of the question.")
  private @Nullable Map<String, String> parameters;

  @Option(names = "--install", paramLabel = "NAME/VERSION", description = "Install this release.")
  private @Nullable String install;

  @Option(
      names = "--group",
      paramLabel = "SIZE",
      description = {
        "The next group: N devices, N%% of all, a selector (its members first), or rest;",
        "repeatable."
      })
  private @Nullable List<String> groups;

  @Option(
      names = "--gate",
      paramLabel = "PERCENT",
      description = "Successes that a group needs before the next starts. Default: 100.")
  private int gatePercent = 100;

  @Option(names = "--soak", paramLabel = "SECONDS", description = "Wait after each group.")
  private long soakSeconds;

  @Option(names = "--deadline", paramLabel = "SECONDS", description = "Default: 3600.")
  private long deadlineSeconds = 3600;

  @Option(names = "--attempts", paramLabel = "N", description = "Tries per device, 1 to 10.")
  private int attempts = 1;

  @Option(names = "--backoff", paramLabel = "SECONDS", description = "Before another try.")
  private long backoffSeconds = 10;

  @Option(names = "--concurrency", paramLabel = "N", description = "Devices at a time.")
  private int concurrency;

  @Option(names = "--key", paramLabel = "KEY", description = "Run once for this key.")
  private String idempotencyKey = "";

  JobSpec spec(HubConnection connection) {
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setName(name == null ? defaultName() : name)
            .setSelector(selector)
            .addAllDevices(devices == null ? List.of() : devices)
            .addAllTargetGroups(targetGroups == null ? List.of() : targetGroups)
            .setSelection(continuous ? TargetSelection.CONTINUOUS : TargetSelection.SNAPSHOT)
            .setPlacement(Placement.newBuilder().setAny(any))
            .setTask(task(connection))
            .setDeadlineSeconds(deadlineSeconds)
            .setRetry(
                RetrySpec.newBuilder().setAttempts(attempts).setBackoffSeconds(backoffSeconds))
            .setConcurrency(concurrency)
            .setIdempotencyKey(idempotencyKey);
    for (String group : groups == null ? List.<String>of() : groups) {
      spec.addGroups(group(group));
    }
    return spec.build();
  }

  private String defaultName() {
    if (tool != null) {
      return "call " + tool;
    }
    return question != null ? "ask " + question : "install " + install;
  }

  private GroupSpec group(String size) {
    GroupSpec.Builder group =
        GroupSpec.newBuilder()
            .setGate(Gate.newBuilder().setSuccessPercent(gatePercent).setSoakSeconds(soakSeconds));
    if (size.equals("rest")) {
      return group.build();
    }
    if (SELECTOR.matcher(size).find()) {
      return group.setSelector(size).build();
    }
    boolean percent = size.endsWith("%");
    try {
      int number = Integer.parseInt(percent ? size.substring(0, size.length() - 1) : size);
      return percent ? group.setPercent(number).build() : group.setCount(number).build();
    } catch (NumberFormatException bad) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "A group is a number of devices, a percentage, a selector or rest.",
          bad);
    }
  }

  private Task task(HubConnection connection) {
    int given = (tool == null ? 0 : 1) + (question == null ? 0 : 1) + (install == null ? 0 : 1);
    if (given != 1) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "A job takes exactly one of --tool, --ask and --install.");
    }
    if (tool != null) {
      return Task.newBuilder()
          .setTool(ToolTask.newBuilder().setTool(tool).setArgumentsJson(arguments))
          .build();
    }
    if (question != null) {
      return Task.newBuilder().setAsk(ask(connection, question)).build();
    }
    return Task.newBuilder().setInstall(install(connection, String.valueOf(install))).build();
  }

  private AskTask ask(HubConnection connection, String id) {
    if (release == null) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "--ask needs --release: questions are signed in releases.");
    }
    Release found = release(connection, release);
    if (!found.getQuestionsList().contains(id)) {
      throw new DroverException(
          ErrorCode.QUESTION_NOT_SIGNED,
          "The release "
              + release
              + " has no question "
              + id
              + ", only "
              + found.getQuestionsList()
              + ".");
    }
    return AskTask.newBuilder()
        .setManifestSha256(found.getManifestSha256())
        .setQuestion(id)
        .putAllParameters(parameters == null ? Map.of() : parameters)
        .setMode(ResultMode.PER_DEVICE)
        .build();
  }

  private static InstallTask install(HubConnection connection, String label) {
    Release found = release(connection, label);
    ByteString manifest = found.getManifestSha256();
    return InstallTask.newBuilder()
        .setTarget(found.getTarget())
        .setManifestSha256(manifest)
        .setReleaseCounter(found.getReleaseCounter())
        .setTimestampVersion(found.getTimestampVersion())
        .build();
  }

  private static Release release(HubConnection connection, String label) {
    return connection
        .calls()
        .listReleases(ListReleasesRequest.getDefaultInstance())
        .getReleasesList()
        .stream()
        .filter(known -> known.getRelease().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new DroverException(
                    ErrorCode.NOT_FOUND, "There is no release " + label + " on this hub."));
  }
}
