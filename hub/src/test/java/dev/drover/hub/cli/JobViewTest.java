package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.term.Terminal;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
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
}
