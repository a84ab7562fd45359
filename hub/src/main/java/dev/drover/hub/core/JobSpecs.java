package dev.drover.hub.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.ByteString;
import dev.drover.release.Question;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.AskTask;
import dev.drover.v1.InstallTask;
import dev.drover.v1.JobSpec;
import dev.drover.v1.ResultMode;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import dev.drover.wire.Limits;
import dev.drover.wire.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** Checks what an operator wants done, and fills in what was left out. Pure. */
public final class JobSpecs {
  /** Most executions in flight at once. */
  public static final int CONCURRENCY_MAX = 10_000;

  private static final long LEASE_SECONDS_MIN = 10;
  private static final long LEASE_SECONDS_MAX = 7L * 24 * 3600;
  private static final int KEY_CHARS_MAX = 128;
  private static final JsonMapper JSON = new JsonMapper();

  private JobSpecs() {}

  /**
   * Returns the specification with its defaults filled in, if it can be done at all.
   *
   * @param releases what was published
   * @param concurrency executions in flight at once where the job does not say
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT}, {@link ErrorCode#LIMIT_EXCEEDED},
   *     {@link ErrorCode#SELECTOR_INVALID}, {@link ErrorCode#NOT_FOUND} (a release that is not
   *     published) or {@link ErrorCode#QUESTION_NOT_SIGNED}
   */
  public static JobSpec check(JobSpec spec, ReleaseCatalog releases, int concurrency) {
    checkText(spec);
    checkTargets(spec);
    Grouping.check(spec.getGroupsList());
    PaceSpecs.check(spec);
    TimeSpecs.check(spec);
    long deadline = spec.getDeadlineSeconds();
    range("deadline_seconds", deadline, 1, Limits.JOB_DEADLINE_SECONDS_MAX);
    RetrySpec retry = spec.getRetry();
    range("concurrency", spec.getConcurrency(), 0, CONCURRENCY_MAX);
    long lease = spec.getLeaseSeconds();
    if (lease != 0) {
      range("lease_seconds", lease, LEASE_SECONDS_MIN, LEASE_SECONDS_MAX);
    }
    Task task = checkTask(spec.getTask(), releases);
    manifest(task, releases).ifPresent(release -> PaceSpecs.checkFigures(spec, release));
    return spec.toBuilder()
        .setTask(task)
        .setRetry(retry.toBuilder().setAttempts(Math.max(1, retry.getAttempts())))
        .setConcurrency(spec.getConcurrency() == 0 ? concurrency : spec.getConcurrency())
        .setLeaseSeconds(lease == 0 ? deadline : Math.min(lease, deadline))
        .build();
  }

  private static void checkText(JobSpec spec) {
    String name = spec.getName();
    range("the length of name", name.length(), 1, Limits.JOB_NAME_CHARS_MAX);
    if (name.chars().anyMatch(Character::isISOControl)) {
      throw invalid("name has no control characters");
    }
    range("the length of idempotency_key", spec.getIdempotencyKey().length(), 0, KEY_CHARS_MAX);
    Selector.parse(spec.getSelector());
  }

  private static void checkTargets(JobSpec spec) {
    if (spec.hasNamedDevices()) {
      throw invalid("named_devices is for the hub to say: name the devices in devices");
    }
    Limits.check("The number of devices", spec.getDevicesCount(), Limits.JOB_DEVICES_MAX);
    spec.getDevicesList().forEach(Ids::requireDevice);
    if (new HashSet<>(spec.getDevicesList()).size() != spec.getDevicesCount()) {
      throw invalid("devices names each device once");
    }
    range("placement.any", spec.getPlacement().getAny(), 0, Limits.JOB_DEVICES_MAX);
    List<String> groups = spec.getTargetGroupsList();
    Limits.check("The number of saved groups", groups.size(), Limits.JOB_TARGET_GROUPS_MAX);
    groups.forEach(group -> Ids.requireId("A group's name", group));
    boolean continuous = spec.getSelection() == TargetSelection.CONTINUOUS;
    if (continuous) {
      Limits.check(
          "The number of devices that a continuous job names",
          spec.getDevicesCount(),
          Limits.CONTINUOUS_DEVICES_MAX);
    }
    if (continuous && spec.getPlacement().getAny() > 0) {
      throw invalid("placement.any goes with a snapshot: a continuous job takes all");
    }
  }

  private static Task checkTask(Task task, ReleaseCatalog releases) {
    return switch (task.getKindCase()) {
      case ASK -> task.toBuilder().setAsk(checkAsk(task.getAsk(), releases)).build();
      case TOOL -> task.toBuilder().setTool(checkTool(task.getTool())).build();
      case INSTALL ->
          task.toBuilder().setInstall(checkInstall(task.getInstall(), releases)).build();
      case REVERT, KIND_NOT_SET -> throw invalid("task is one of ask, tool or install");
    };
  }

  private static AskTask checkAsk(AskTask ask, ReleaseCatalog releases) {
    ReleaseManifest manifest =
        releases
            .manifest(ask.getManifestSha256().toByteArray())
            .orElseThrow(() -> notSigned("No published release has this manifest."));
    Question question =
        manifest
            .question(ask.getQuestion())
            .orElseThrow(() -> notSigned("The release " + manifest.label() + " does not ask it."));
    question.text(ask.getParametersMap());
    return ask.getMode() == ResultMode.RESULT_MODE_UNSPECIFIED
        ? ask.toBuilder().setMode(ResultMode.PER_DEVICE).build()
        : ask;
  }

  private static ToolTask checkTool(ToolTask tool) {
    if (Vocabulary.toolNumber(tool.getTool()) == 0) {
      throw invalid("task.tool.tool is one of " + Vocabulary.tools());
    }
    String arguments = tool.getArgumentsJson().isEmpty() ? "{}" : tool.getArgumentsJson();
    Limits.check(
        "The size of the tool's arguments",
        arguments.getBytes(StandardCharsets.UTF_8).length,
        Limits.TOOL_JSON_BYTES_MAX);
    try {
      if (!JSON.readTree(arguments).isObject()) {
        throw invalid("task.tool.arguments_json is a JSON object");
      }
    } catch (JsonProcessingException broken) {
      throw invalid("task.tool.arguments_json is a JSON object");
    }
    return tool.toBuilder().setArgumentsJson(arguments).build();
  }

  private static InstallTask checkInstall(InstallTask install, ReleaseCatalog releases) {
    ReleaseManifest manifest =
        releases
            .manifest(install.getManifestSha256().toByteArray())
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.NOT_FOUND, "No published release has this manifest."));
    boolean target =
        install.getTarget().isEmpty() || install.getTarget().equals(manifest.targetPath());
    boolean counter =
        install.getReleaseCounter() == 0
            || install.getReleaseCounter() == manifest.releaseCounter();
    if (!target || !counter) {
      throw invalid("task.install names target and release_counter of the manifest, or neither");
    }
    InstallTask.Builder checked =
        install.toBuilder()
            .setTarget(manifest.targetPath())
            .setReleaseCounter(manifest.releaseCounter())
            .clearRootSha256();
    releases
        .rootSha256()
        .ifPresent(sha256 -> checked.setRootSha256(ByteString.copyFrom(sha256.toBytes())));
    return checked.build();
  }

  /** Returns the release that a task names, if it names one that was published. */
  public static Optional<ReleaseManifest> manifest(Task task, ReleaseCatalog releases) {
    return switch (task.getKindCase()) {
      case ASK -> releases.manifest(task.getAsk().getManifestSha256().toByteArray());
      case INSTALL -> releases.manifest(task.getInstall().getManifestSha256().toByteArray());
      case TOOL, REVERT, KIND_NOT_SET -> Optional.empty();
    };
  }

  static void range(String what, long value, long min, long max) {
    if (value < min || value > max) {
      throw invalid(what + " is " + min + " to " + max);
    }
  }

  static DroverException invalid(String rule) {
    return new DroverException(ErrorCode.INVALID_ARGUMENT, "In a job, " + rule + ".");
  }

  private static DroverException notSigned(String why) {
    return new DroverException(ErrorCode.QUESTION_NOT_SIGNED, why);
  }
}
