package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.term.Terminal;
import dev.drover.v1.Approval;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.HealthTally;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.JobWait;
import dev.drover.v1.StopAction;
import dev.drover.v1.Unreachable;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobViewTest {
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

  private static void fits(String text) {
    assertTrue(text.lines().allMatch(line -> line.length() <= 80), text);
  }

  @Test
  void shortResult_standsInTheTable() {
    String text = JobView.executions(List.of(execution("cam-0").putAnswer("bytes", "77").build()));
    assertTrue(text.lines().toList().get(1).contains("succeeded  bytes=77"), text);
    assertEquals(2, text.lines().count());
  }

  @Test
  void longResult_standsBelow_inUnitsForPeople() {
    String text = JobView.executions(List.of(status("cam-0"), execution("cam-1").build()));
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
}
