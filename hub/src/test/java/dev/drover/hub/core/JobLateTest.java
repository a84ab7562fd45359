package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.LateTargetsAdded;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.JobWait;
import dev.drover.v1.TargetSelection;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobLateTest extends JobFixture {
  private static JobSpec.Builder continuous() {
    return spec().setSelection(TargetSelection.CONTINUOUS);
  }

  private int added(JobEnvelope.Builder late) {
    byte[] reply = send(late, NOW).reply();
    assertTrue(reply != null);
    return StoredRows.event(reply, LateTargetsAdded.parser()).getAdded();
  }

  @Test
  void lateJoiners_comeOnce_intoTheLastGroup() {
    run(
        continuous()
            .addGroups(GroupSpec.newBuilder().setCount(1))
            .addGroups(GroupSpec.getDefaultInstance()),
        3);
    assertEquals(2, added(late("cam-9", "cam-2", "cam-9", "cam-8")));
    assertEquals(0, added(late("cam-9", "cam-8", "cam-1")));
    assertEquals(List.of(1), granted(), "the gate of the first group holds for them too");
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(List.of(1, 2, 3, 4, 5), granted());
    assertEquals(List.of("cam-9", "cam-8"), devices(4, 2));
    assertEquals(4, group(1).getTargets());
    assertEquals(1, added(late("cam-7")));
    assertEquals(List.of(1, 2, 3, 4, 5, 6), granted());
  }

  @Test
  void continuousJob_waitsForLateJoiners_andEndsAtItsDeadline() {
    run(continuous(), 1);
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_RUNNING, job().getState());
    assertEquals(JobWait.JOB_WAITS_FOR_LATE_JOINERS, job().getWaitsFor());
    assertEquals(
        "1 of 1 ended; devices that match later join it until the deadline.", job().getCause());
    assertEquals(1, added(late("cam-9")));
    assertEquals(JobWait.JOB_WAITS_FOR_EXECUTIONS, job().getWaitsFor());
    end(2, ExecutionState.FAILED);
    send(of(JobMachine.Event.DEADLINE), NOW + 600_000);
    assertEquals(JobState.JOB_SUCCEEDED_WITH_FAILURES, job().getState());
    assertEquals("1 of 2 executions succeeded; the others say why not.", job().getCause());
    assertThrows(DroverException.class, () -> send(late("cam-10"), NOW + 600_001));
    assertEquals(2, group(0).getTargets());
  }

  @Test
  void continuousJob_withSomebodyUnderWay_expires() {
    run(continuous(), 2);
    end(1, ExecutionState.SUCCEEDED);
    send(of(JobMachine.Event.DEADLINE), NOW + 600_000);
    assertEquals(JobState.JOB_EXPIRED, job().getState());
    assertEquals(List.of("j1-2"), cancelled());
  }

  @Test
  void lateJoiners_canFailTheGate() {
    run(
        continuous()
            .addGroups(GroupSpec.newBuilder().setGate(Gate.newBuilder().setSuccessPercent(50))),
        1);
    end(1, ExecutionState.SUCCEEDED);
    added(late("cam-8", "cam-9"));
    end(2, ExecutionState.FAILED);
    assertEquals(JobState.JOB_RUNNING, job().getState());
    end(3, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ABORTED, job().getState());
  }

  @Test
  void lateJoiners_onlyOfAContinuousJobThatIsBuilt() {
    send(creation(continuous(), 2), NOW);
    DroverException building = assertThrows(DroverException.class, () -> send(late("cam-9"), NOW));
    assertEquals(ErrorCode.INVALID_ARGUMENT, building.code());
    send(page(0, 1, 2), NOW);
    send(complete(), NOW);
    assertEquals(1, added(late("cam-9")));
    String[] many = new String[JobMachine.PAGE_MAX + 1];
    Arrays.setAll(many, i -> "new-" + i);
    assertThrows(DroverException.class, () -> send(late(many), NOW));
  }

  @Test
  void snapshotJob_takesNoLateJoiner() {
    run(spec(), 2);
    DroverException refused = assertThrows(DroverException.class, () -> send(late("cam-9"), NOW));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
    assertEquals(2, group(0).getTargets());
    assertEquals(List.of(1, 2), granted());
  }

  @Test
  void jobThatDidNotStart_takesLateJoiners_andGrantsThemNothing() {
    run(continuous().setStartMs(NOW + 1), 1);
    assertEquals(JobMachine.State.SCHEDULED, state());
    assertEquals(1, added(late("cam-9")));
    assertEquals(JobMachine.State.SCHEDULED, state());
    assertEquals(List.of(), granted());
    send(of(JobMachine.Event.START), NOW + 1);
    assertEquals(List.of(1, 2), granted());
  }

  @Test
  void jobThatWaitsForApproval_takesLateJoiners_andGrantsThemNothing() {
    run(continuous().setApprovals(1), 1);
    assertEquals(1, added(late("cam-9")));
    assertEquals(JobMachine.State.WAITING_FOR_APPROVAL, state());
    assertEquals(List.of(), granted());
    send(judge(true, "cleo", job().getSpecSha256()), NOW);
    assertEquals(List.of(1, 2), granted());
  }

  @Test
  void pausedJob_takesLateJoiners_andGrantsThemNothing() {
    run(continuous().setConcurrency(1), 1);
    send(of(JobMachine.Event.PAUSE), NOW);
    assertEquals(1, added(late("cam-9")));
    takenBack(1);
    assertEquals(List.of(1), granted());
    send(of(JobMachine.Event.RESUME), NOW);
    assertEquals(List.of(1, 1), granted());
    send(ended(1, 2, ExecutionState.SUCCEEDED), NOW);
    assertEquals(List.of(1, 1, 2), granted());
  }
}
