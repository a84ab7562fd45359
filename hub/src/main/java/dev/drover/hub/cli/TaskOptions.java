package dev.drover.hub.cli;

import com.google.protobuf.ByteString;
import dev.drover.v1.AskTask;
import dev.drover.v1.InstallTask;
import dev.drover.v1.ListReleasesRequest;
import dev.drover.v1.Release;
import dev.drover.v1.ResultMode;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a job does. */
final class TaskOptions {
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

  /** Returns what it does, in words. */
  String words() {
    if (tool != null) {
      return "call " + tool;
    }
    return question != null ? "ask " + question : "install " + install;
  }

  Task task(HubConnection connection) {
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
    return install(connection, String.valueOf(install));
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

  /** Returns the task that installs a release of this hub. */
  static Task install(HubConnection connection, String label) {
    Release found = release(connection, label);
    ByteString manifest = found.getManifestSha256();
    return Task.newBuilder()
        .setInstall(
            InstallTask.newBuilder()
                .setTarget(found.getTarget())
                .setManifestSha256(manifest)
                .setReleaseCounter(found.getReleaseCounter())
                .setTimestampVersion(found.getTimestampVersion()))
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
