package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.term.Terminal;
import dev.drover.v1.Approval;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.HealthTally;
import dev.drover.v1.InstallPhase;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.JobWait;
import dev.drover.v1.StopAction;
import dev.drover.v1.Task;
import dev.drover.v1.Unreachable;
import dev.drover.v1.WaitReason;
import dev.drover.wire.ErrorCode;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class JobViewTest {
  private static final InstallTask INSTALL = InstallTask.getDefaultInstance();

  private static Execution.Builder execution(String device) {
    return Execution.newBuilder()
        .setDevice(device)
        .setAttempt(1)
        .setState(ExecutionState.SUCCEEDED);
  }

  private static Execution status(String device) {
    return execution(device)
        .putAnswer("cpus", "2")
        .putAnswer("load_permille", "1510")
        .putAnswer("memory_total_bytes", "8589934592")
        .putAnswer("memory_available_bytes", "2147483648")
        .putAnswer("disk_free_bytes", "10737418240")
        .putAnswer("temperature_millicelsius", "52500")
        .putAnswer("busy", "0")
        .build();
  }

  private static String table(List<Execution> executions) {
    return ExecutionTable.of(Job.getDefaultInstance(), executions);
  }

  private static void fits(String text) {
    assertTrue(text.lines().allMatch(line -> line.length() <= 80), text);
  }

  @Test
  void shortResult_standsInTheTable() {
    String text = table(List.of(execution("cam-0").putAnswer("bytes", "77").build()));
    assertTrue(text.lines().toList().get(1).contains("succeeded  bytes=77"), text);
    assertEquals(2, text.lines().count());
  }

  @Test
  void installation_saysWhatItsTrialMeasured() {
    ExecutionMeasures measured =
        ExecutionMeasures.newBuilder()
            .setMillitokensPerSecond(12_345)
            .setEvalPassPermille(750)
            .build();
    Execution.Builder installed =
        execution("cam-0").setInstall(InstallPhase.COMMITTED).setMeasures(measured);
    String text = table(List.of(installed.build()));
    assertTrue(text.contains("eval=0.75 speed=12.3 tok/s"), text);
    fits(text);
    // The speed of a question is coarse, and stands in no table.
    String asked = table(List.of(execution("cam-0").setMeasures(measured).build()));
    assertFalse(asked.contains("speed"), asked);
  }

  @Test
  void deviceWithoutAReleaseBefore_isNotSentToCheckANameWhenItShallGoBack() {
    Job job =
        Job.newBuilder().addGroups(Group.newBuilder().setRollback(true).setTargets(1)).build();
    Execution back =
        execution("cam-0")
            .setState(ExecutionState.REJECTED)
            .setError(ErrorCode.NOT_FOUND.number())
            .build();
    String text = ExecutionTable.of(job, List.of(back));
    assertTrue(text.contains("cam-0: no release was there before this one"), text);
    assertFalse(text.contains("Check the name"), text);
    assertTrue(table(List.of(back)).contains("Check the name"), text);
  }

  @Test
  void longResult_standsBelow_inUnitsForPeople() {
    String text = table(List.of(status("cam-0"), execution("cam-1").build()));
    fits(text);
    assertTrue(text.lines().toList().get(1).contains("below"), text);
    assertTrue(text.lines().toList().get(2).contains(" - "), text);
    String unwrapped = text.replace("\n ", "");
    for (String field :
        new String[] {
          "cam-0: busy=0 cpus=2 disk_free=10.0 GiB load=1.51",
          "memory_available=2.0 GiB memory_total=8.0 GiB temperature=52.50 C"
        }) {
      assertTrue(unwrapped.contains(field), unwrapped);
    }
  }

  @Test
  void job_withALongCauseAndEveryOutcome_fits() {
    Job job =
        Job.newBuilder()
            .setJob("j1")
            .setState(JobState.JOB_RUNNING)
            .setCause("Group 1 of 2 waits for its soak. ".repeat(5))
            .addGroups(
                Group.newBuilder()
                    .setState(GroupState.GROUP_RUNNING)
                    .setTargets(10_000)
                    .setInFlight(256)
                    .setSucceeded(5000)
                    .setFailed(1)
                    .setRejected(2)
                    .setCancelled(3)
                    .setUnknown(4)
                    .setUnreachable(5))
            .build();
    String text = JobView.text(Terminal.system(), job);
    fits(text);
    assertTrue(text.contains("256 in flight, 5000 ok"), text);
  }

  @Test
  void manyGroups_shareALine_whereTheyRest() {
    Job.Builder job =
        Job.newBuilder()
            .setJob("j1")
            .setSpec(JobSpec.newBuilder().setName("n".repeat(100)))
            .setState(JobState.JOB_RUNNING);
    for (int i = 0; i < 100; i++) {
      Group.Builder group = Group.newBuilder().setTargets(10).setState(GroupState.GROUP_WAITING);
      if (i < 49) {
        group.setState(GroupState.GROUP_PASSED).setSucceeded(9).setFailed(1);
      } else if (i == 49) {
        group.setState(GroupState.GROUP_RUNNING).setInFlight(4);
      }
      job.addGroups(group);
    }
    String text = JobView.text(Terminal.system(), job.build());
    fits(text);
    assertTrue(text.lines().count() < 8, text);
    assertTrue(text.startsWith("j1  nnnn") && text.contains("n…  running\n"), text);
    assertTrue(
        text.contains("  groups 1-49 [####################] 490/490  passed: 441 ok,"), text);
    assertTrue(text.contains("  group 50 [--------------------] 0/10  running: 4 in flight"), text);
    assertTrue(text.contains("  groups 51-100 [--------------------] 0/500  waiting"), text);
  }

  @Test
  void gateRateAndApprovals_areShown_whileTheyMatter() {
    Gate.Builder gate =
        Gate.newBuilder()
            .setSuccessPercent(90)
            .setFailurePercent(10)
            .setSoakSeconds(600)
            .setUnreachable(Unreachable.UNREACHABLE_IGNORED)
            .setOnFailure(StopAction.ROLL_BACK)
            .addHealth(HealthCheck.newBuilder().setFigure(HealthFigure.CRASHES).setLimit(1));
    Group.Builder group =
        Group.newBuilder()
            .setState(GroupState.GROUP_SOAKING)
            .setTargets(10)
            .setSucceeded(7)
            .setHeld(1)
            .setTimedOut(2)
            .setDeadlineMs(1)
            .setGate(gate)
            .addHealth(HealthTally.newBuilder().setReported(9).setKept(8));
    Job job =
        Job.newBuilder()
            .setJob("j1")
            .setState(JobState.JOB_RUNNING)
            .setWaitsFor(JobWait.JOB_WAITS_FOR_RATE)
            .setRatePerMinute(50)
            .addApprovals(Approval.newBuilder().setOperator("cleo").setApproved(true))
            .addGroups(group)
            .addGroups(group.clone().setState(GroupState.GROUP_PASSED).setRollback(true))
            .build();
    String text = JobView.text(Terminal.system(), job);
    fits(text);
    String unwrapped = text.replaceAll("\\s+", " ");
    for (String part :
        new String[] {
          "waits for rate, at 50 a minute",
          "approved by cleo at ",
          "gate: all ended, at least 90% ok, at most 10% failed, silence ignored, soak 600 s, by ",
          "else roll back",
          "health: at most 1 crashes: 9 told, 8 keep to it, 100% must",
          "7 ok, 1 held, 2 timed out",
          "back 2 [",
        }) {
      assertTrue(unwrapped.contains(part), part + " in " + unwrapped);
    }
    assertEquals(text.indexOf("gate:"), text.lastIndexOf("gate:"), "only of groups under way");
    assertEquals("9/10", JobView.done(job));
  }

  private static String unwrapped(String text) {
    fits(text);
    return text.replaceAll("\\s+", " ");
  }

  @Test
  void executions_thatWait_sayWhatWouldMoveThemOn() {
    Execution.Builder waits = execution("cam-0").setState(ExecutionState.ACCEPTED);
    String text =
        unwrapped(
            table(
                List.of(
                    waits.setExecution("j4-1").setWaitsFor(WaitReason.WAITS_FOR_OWNER).build(),
                    waits.setDevice("cam-1").setWaitsFor(WaitReason.WAITS_FOR_WINDOW).build(),
                    execution("cam-2").setState(ExecutionState.GRANTED).build(),
                    execution("cam-3").setState(ExecutionState.QUEUED).build(),
                    Execution.newBuilder().setDevice("cam-4").build())));
    for (String part :
        new String[] {
          "accepted, waits for the owner",
          "cam-0: starts when its owner says on the device: `drover agent consent give j4-1`",
          "cam-1: starts when its window opens; `drover job show` says when.",
          "cam-2: has not answered yet; `drover device show cam-2` says when it was last seen.",
          "cam-3: starts when other work of the device ends",
          "cam-4 - not granted",
        }) {
      assertTrue(text.contains(part), part + " in " + text);
    }
  }

  @Test
  void executionsUnderWay_fitTheRoomThatThereIs() {
    List<Execution> many =
        IntStream.range(0, 40)
            .mapToObj(i -> execution("cam-" + i).setState(ExecutionState.RUNNING).build())
            .toList();
    String text = ExecutionTable.underWay(many, true, 10);
    assertEquals(10, text.lines().count(), text);
    assertTrue(text.endsWith("and 32 more\n"), text);
    assertEquals("", ExecutionTable.underWay(many, true, 1));
    assertEquals("", ExecutionTable.underWay(List.of(execution("cam-0").build()), true, 10));
  }

  @Test
  void everyState_thatNeedsAnOperator_namesTheCommand() {
    Job.Builder job =
        Job.newBuilder()
            .setJob("j4")
            .setSpecSha256(ByteString.copyFromUtf8("spec"))
            .setSpec(JobSpec.newBuilder().setTask(Task.newBuilder().setInstall(INSTALL)))
            .addGroups(Group.newBuilder().setTargets(3).setSucceeded(1));
    Map<JobState, String> expected = new EnumMap<>(JobState.class);
    expected.put(
        JobState.JOB_WAITING_FOR_APPROVAL, "`drover rollout approve j4 --spec 73706563`, or deny");
    expected.put(JobState.JOB_SCHEDULED, "`drover rollout cancel j4`");
    expected.put(JobState.JOB_RUNNING, "`drover rollout pause j4` holds what did not start");
    expected.put(JobState.JOB_PAUSED, "`drover rollout resume j4`, or rollback or cancel");
    expected.put(JobState.JOB_ROLLING_BACK, "`drover rollout cancel j4` leaves the others");
    expected.put(JobState.JOB_ABORTED, "`drover rollout rollback j4` brings back the devices");
    expected.put(JobState.JOB_EXPIRED, "`drover rollout rollback j4` brings back the devices");
    expected.forEach(
        (state, next) -> {
          String text = unwrapped(JobView.text(Terminal.system(), job.setState(state).build()));
          assertTrue(text.contains("next: ") && text.contains(next), text);
        });
    job.addGroups(Group.newBuilder().setTargets(1).setSucceeded(1).setRollback(true));
    for (JobState state : List.of(JobState.JOB_ABORTED, JobState.JOB_SUCCEEDED)) {
      String text = JobView.text(Terminal.system(), job.setState(state).build());
      assertFalse(text.contains("next: "), text);
    }
  }

  @Test
  void job_thatNamesMoreDevicesThanItKeeps_saysHowMany() {
    JobSpec.Builder spec = JobSpec.newBuilder();
    spec.getNamedDevicesBuilder().setCount(1234).setSha256(ByteString.copyFromUtf8("names"));
    Job job = Job.newBuilder().setJob("j4").setSpec(spec).build();
    String text = JobView.text(Terminal.system(), job);
    String line = "1,234 named devices, SHA-256 of their names: 6e616d6573";
    assertTrue(unwrapped(text).contains(line), text);
  }

  @Test
  void rollBack_thatTheRestCannotFollow_isNotOfferedAgain() {
    Group.Builder back = Group.newBuilder().setRollback(true).setTargets(3).setSucceeded(1);
    Job.Builder job =
        Job.newBuilder()
            .setJob("j4")
            .setState(JobState.JOB_ABORTED)
            .setSpec(JobSpec.newBuilder().setTask(Task.newBuilder().setInstall(INSTALL)))
            .addGroups(Group.newBuilder().setTargets(3).setSucceeded(3))
            .addGroups(back.setNothingBefore(1));
    String some = unwrapped(JobView.text(Terminal.system(), job.build()));
    assertTrue(some.contains("`drover rollout rollback j4` brings back"), some);
    job.setGroups(1, back.setNothingBefore(2));
    String none = unwrapped(JobView.text(Terminal.system(), job.build()));
    assertFalse(none.contains("rollback"), none);
    assertTrue(none.contains("next: publish another release and roll it out"), none);
  }

  @Test
  void endsOfAWatch_haveCodesOfTheirOwn() {
    assertEquals(
        List.of(0, 2, 1, 1, 4, 5, 3),
        Stream.of(
                JobState.JOB_SUCCEEDED,
                JobState.JOB_SUCCEEDED_WITH_FAILURES,
                JobState.JOB_FAILED,
                JobState.JOB_ABORTED,
                JobState.JOB_CANCELLED,
                JobState.JOB_EXPIRED,
                JobState.JOB_ROLLED_BACK)
            .map(state -> JobView.exitCode(Job.newBuilder().setState(state).build()))
            .toList());
  }

  @Test
  void executionThatAPauseTookBack_isHeld_notCancelled() {
    Execution.Builder taken = execution("cam-0").setState(ExecutionState.CANCELLED).setError(88);
    Job paused = Job.newBuilder().setState(JobState.JOB_PAUSED).build();
    String held = ExecutionTable.of(paused, List.of(taken.build()));
    assertTrue(held.contains("held until the job is resumed"), held);
    assertFalse(held.contains("CANCELLED"), held);
    assertTrue(table(List.of(taken.build())).contains("cancelled CANCELLED"));
  }

  @Test
  void executionOfTheWayBack_saysSo() {
    Job job =
        Job.newBuilder()
            .addGroups(Group.getDefaultInstance())
            .addGroups(Group.newBuilder().setRollback(true))
            .build();
    Execution back = execution("cam-0").setGroup(1).build();
    String text = ExecutionTable.of(job, List.of(execution("cam-0").build(), back));
    assertTrue(text.contains("1    succeeded"), text);
    assertTrue(text.contains("1    back: succeeded"), text);
  }
}
