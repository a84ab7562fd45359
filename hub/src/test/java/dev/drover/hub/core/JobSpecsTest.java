package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.drover.crypto.Sha256;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.AskTask;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.InstallTask;
import dev.drover.v1.JobSpec;
import dev.drover.v1.NamedDevices;
import dev.drover.v1.Placement;
import dev.drover.v1.ResultMode;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class JobSpecsTest {
  private static final ByteString KNOWN = Devices.digest(5);
  private static final ByteString EVALUATED = Devices.digest(4);
  private static final Sha256 ROOT = Sha256.fromBytes(Devices.digest(6).toByteArray());
  private static final String DRAFT =
      """
      {"name": "demo", "version": "1", "releaseCounter": 7, "system": "", "contextTokens": 0,
       "requirements": {"architecture": "", "memoryBytes": 0, "diskBytes": 0},
       "questions": [{"id": "door", "template": "Is the {which} door open?",
         "parameters": {"which": ["front", "back"]},
         "answer": {"type": "object", "additionalProperties": false, "required": ["open"],
           "properties": {"open": {"type": "boolean"}}}}]}
      """;

  private static final String SUITE =
      """
      [{"id": "ice", "prompt": "Is ice warm?", "expected": {"warm": false},
        "answer": {"type": "object", "additionalProperties": false, "required": ["warm"],
          "properties": {"warm": {"type": "boolean"}}}}]
      """;

  private static ReleaseManifest manifest(boolean evaluated) {
    try {
      JsonMapper json = new JsonMapper();
      ObjectNode draft = (ObjectNode) json.readTree(DRAFT);
      if (evaluated) {
        draft.set("evalSuite", json.readTree(SUITE));
      }
      byte[] bytes = ReleaseManifest.write(draft, List.of());
      return ReleaseManifest.parse(bytes);
    } catch (com.fasterxml.jackson.core.JsonProcessingException broken) {
      throw new IllegalStateException(broken);
    }
  }

  private static final ReleaseCatalog RELEASES =
      new ReleaseCatalog() {
        @Override
        public Optional<ReleaseManifest> manifest(byte[] sha256) {
          ByteString wanted = ByteString.copyFrom(sha256);
          return wanted.equals(KNOWN) || wanted.equals(EVALUATED)
              ? Optional.of(JobSpecsTest.manifest(wanted.equals(EVALUATED)))
              : Optional.empty();
        }

        @Override
        public Optional<Sha256> rootSha256() {
          return Optional.of(ROOT);
        }
      };

  private static JobSpec.Builder spec() {
    return JobSpec.newBuilder()
        .setName("a job")
        .setDeadlineSeconds(60)
        .setTask(Task.newBuilder().setTool(ToolTask.newBuilder().setTool("files.list")));
  }

  private static JobSpec check(JobSpec.Builder spec) {
    return JobSpecs.check(spec.build(), RELEASES, 77);
  }

  private static void refused(ErrorCode code, UnaryOperator<JobSpec.Builder> change) {
    DroverException refusal =
        assertThrows(DroverException.class, () -> check(change.apply(spec())));
    assertEquals(code, refusal.code(), refusal.getMessage());
  }

  private static AskTask.Builder ask() {
    return AskTask.newBuilder()
        .setManifestSha256(KNOWN)
        .setQuestion("door")
        .putParameters("which", "front");
  }

  @Test
  void defaults_areFilledIn() {
    JobSpec spec = check(spec());
    assertEquals(1, spec.getRetry().getAttempts());
    assertEquals(77, spec.getConcurrency());
    assertEquals(60, spec.getLeaseSeconds());
    assertEquals("{}", spec.getTask().getTool().getArgumentsJson());
    assertEquals(60, check(spec().setLeaseSeconds(3600)).getLeaseSeconds());
    assertEquals(30, check(spec().setLeaseSeconds(30)).getLeaseSeconds());
    Task asked = Task.newBuilder().setAsk(ask()).build();
    assertEquals(ResultMode.PER_DEVICE, check(spec().setTask(asked)).getTask().getAsk().getMode());
    Task install =
        Task.newBuilder()
            .setInstall(
                InstallTask.newBuilder().setManifestSha256(KNOWN).setRootSha256(Devices.digest(1)))
            .build();
    InstallTask filled = check(spec().setTask(install)).getTask().getInstall();
    assertEquals("releases/demo/1/manifest.json", filled.getTarget());
    assertEquals(7, filled.getReleaseCounter());
    assertEquals(ByteString.copyFrom(ROOT.toBytes()), filled.getRootSha256());
  }

  @Test
  void gateOnAnEval_ofAReleaseWithoutASuite_isRefused() {
    HealthCheck eval =
        HealthCheck.newBuilder().setFigure(HealthFigure.EVAL_PASS_PERMILLE).setLimit(900).build();
    GroupSpec gated =
        GroupSpec.newBuilder().setPercent(100).setGate(Gate.newBuilder().addHealth(eval)).build();
    assertEquals(1, check(installing(EVALUATED).addGroups(gated)).getGroupsCount());
    DroverException refusal =
        assertThrows(DroverException.class, () -> check(installing(KNOWN).addGroups(gated)));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal.code());
    assertTrue(String.valueOf(refusal.getMessage()).contains("demo/1 has no evalSuite"));
  }

  private static JobSpec.Builder installing(ByteString manifest) {
    InstallTask install = InstallTask.newBuilder().setManifestSha256(manifest).build();
    return spec().setTask(Task.newBuilder().setInstall(install));
  }

  @Test
  void rangesOutside_areRefused() {
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setName(""));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setName("x".repeat(101)));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setName("a\nb"));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setDeadlineSeconds(0));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setDeadlineSeconds(31L * 24 * 3600));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setRetry(RetrySpec.newBuilder().setAttempts(11)));
    refused(
        ErrorCode.INVALID_ARGUMENT, s -> s.setRetry(RetrySpec.newBuilder().setBackoffSeconds(61)));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setConcurrency(10_001));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setConcurrency(-1));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setLeaseSeconds(9));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setPlacement(Placement.newBuilder().setAny(-5)));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setIdempotencyKey("k".repeat(129)));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.addDevices("Not A Device"));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.addDevices("a").addDevices("a"));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setNamedDevices(NamedDevices.getDefaultInstance()));
    refused(ErrorCode.SELECTOR_INVALID, s -> s.setSelector("a=b,,"));
  }

  @Test
  void groups_areChecked() {
    refused(
        ErrorCode.INVALID_ARGUMENT,
        s -> s.addGroups(GroupSpec.newBuilder().setCount(1).setPercent(5)));
    refused(
        ErrorCode.INVALID_ARGUMENT,
        s -> s.addGroups(GroupSpec.getDefaultInstance()).addGroups(GroupSpec.getDefaultInstance()));
    refused(
        ErrorCode.INVALID_ARGUMENT,
        s ->
            s.addGroups(GroupSpec.newBuilder().setPercent(60))
                .addGroups(GroupSpec.newBuilder().setPercent(41)));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.addGroups(GroupSpec.newBuilder().setPercent(101)));
    refused(
        ErrorCode.INVALID_ARGUMENT,
        s -> s.addGroups(gated(Gate.newBuilder().setSuccessPercent(101))));
    refused(
        ErrorCode.INVALID_ARGUMENT,
        s -> s.addGroups(gated(Gate.newBuilder().setFailurePercent(-1))));
    refused(
        ErrorCode.INVALID_ARGUMENT, s -> s.addGroups(gated(Gate.newBuilder().setSoakSeconds(-1))));
    refused(
        ErrorCode.INVALID_ARGUMENT,
        s -> s.addGroups(gated(Gate.newBuilder().setMinimumEnded(4)).setCount(3)));
    refused(
        ErrorCode.LIMIT_EXCEEDED,
        s -> {
          for (int i = 0; i < 51; i++) {
            s.addGroups(GroupSpec.newBuilder().setCount(1));
          }
          return s;
        });
  }

  private static GroupSpec.Builder gated(Gate.Builder gate) {
    return GroupSpec.newBuilder().setGate(gate);
  }

  @Test
  void tasks_areChecked() {
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.clearTask());
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setTask(tool("rm", "{}")));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setTask(tool("files.list", "[1]")));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setTask(tool("files.list", "{")));
    refused(
        ErrorCode.LIMIT_EXCEEDED,
        s -> s.setTask(tool("files.list", "{\"a\": \"" + "x".repeat(40_000) + "\"}")));
    refused(
        ErrorCode.QUESTION_NOT_SIGNED,
        s -> s.setTask(asked(ask().setManifestSha256(Devices.digest(1)))));
    refused(ErrorCode.QUESTION_NOT_SIGNED, s -> s.setTask(asked(ask().setQuestion("window"))));
    refused(
        ErrorCode.INVALID_ARGUMENT, s -> s.setTask(asked(ask().putParameters("which", "side"))));
    refused(ErrorCode.INVALID_ARGUMENT, s -> s.setTask(asked(ask().putParameters("more", "x"))));
    refused(
        ErrorCode.NOT_FOUND,
        s -> s.setTask(installed(InstallTask.newBuilder().setManifestSha256(Devices.digest(1)))));
    refused(
        ErrorCode.INVALID_ARGUMENT,
        s ->
            s.setTask(
                installed(InstallTask.newBuilder().setManifestSha256(KNOWN).setReleaseCounter(8))));
  }

  private static Task.Builder tool(String name, String arguments) {
    return Task.newBuilder()
        .setTool(ToolTask.newBuilder().setTool(name).setArgumentsJson(arguments));
  }

  private static Task.Builder asked(AskTask.Builder ask) {
    return Task.newBuilder().setAsk(ask);
  }

  private static Task.Builder installed(InstallTask.Builder install) {
    return Task.newBuilder().setInstall(install);
  }

  @Test
  void times_outOfRangeOrNeverOpen_areRefusedByName() {
    long now = 1_700_000_000_000L;
    JobSpec.Builder leap = JobSpec.newBuilder().setDeadlineSeconds(86_400);
    leap.addWindowsBuilder().setCron("0 0 29 2 *").setDurationMinutes(30);
    TimeSpecs.check(leap.build());
    named("windows never opens", () -> TimeSpecs.checkOpens(leap.build(), now));
    TimeSpecs.checkOpens(JobSpec.getDefaultInstance(), now);
    JobSpec.Builder nightly = JobSpec.newBuilder().setDeadlineSeconds(86_400);
    nightly.addWindowsBuilder().setCron("0 22 * * *").setDurationMinutes(30).setZone("UTC");
    long evening = now - now % 86_400_000 + 21 * 3_600_000L;
    TimeSpecs.checkOpens(nightly.build(), evening);
    nightly.setStartMs(evening + 2 * 3_600_000L).setDeadlineSeconds(4 * 3600);
    named("windows never opens", () -> TimeSpecs.checkOpens(nightly.build(), evening));
    nightly.setStartMs(evening + 4 * 3_600_000L);
    named("start_ms never comes", () -> TimeSpecs.checkOpens(nightly.build(), evening));
    nightly.clearStartMs().setDeadlineSeconds(86_400).setLeaseSeconds(3_600);
    TimeSpecs.checkOpens(nightly.build(), evening);
    nightly.setLeaseSeconds(3_599);
    named("before lease_seconds is over", () -> TimeSpecs.checkOpens(nightly.build(), evening));
    nightly.clearLeaseSeconds().addGroupsBuilder().getGateBuilder().setDeadlineSeconds(600);
    named(
        "before gate.deadline_seconds is over",
        () -> TimeSpecs.checkOpens(nightly.build(), evening));
    JobSpec.Builder soaks = JobSpec.newBuilder().setDeadlineSeconds(120);
    soaks.addGroupsBuilder().getGateBuilder().setSoakSeconds(60);
    soaks.addGroupsBuilder().getGateBuilder().setSoakSeconds(60);
    named("gate.soak_seconds is 120", () -> TimeSpecs.checkOpens(soaks.build(), now));
    soaks.setSelection(TargetSelection.CONTINUOUS);
    TimeSpecs.checkOpens(soaks.build(), now);
    soaks.setStartMs(now + 60_000);
    named("gate.soak_seconds is 60", () -> TimeSpecs.checkOpens(soaks.build(), now));
    JobSpec.Builder never = JobSpec.newBuilder();
    never.addWindowsBuilder().setCron("0 0 31 2 *").setDurationMinutes(30);
    named("windows[0].cron never opens", () -> TimeSpecs.check(never.build()));
    named("priority", () -> TimeSpecs.check(JobSpec.newBuilder().setPriority(101).build()));
    JobSpec.Builder slow = JobSpec.newBuilder();
    slow.getTimersBuilder().setRunSeconds(-1);
    named("timers.run_seconds", () -> TimeSpecs.check(slow.build()));
  }

  private static void named(String field, Executable refused) {
    DroverException bad = assertThrows(DroverException.class, refused);
    assertEquals(ErrorCode.INVALID_ARGUMENT, bad.code());
    assertTrue(bad.getMessage().contains(field), bad.getMessage());
  }
}
