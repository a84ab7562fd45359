package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.JobEnvelope;
import dev.drover.v1.AbortRule;
import dev.drover.v1.Conditions;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.GroupState;
import dev.drover.v1.HubAction;
import dev.drover.v1.JobState;
import dev.drover.v1.Lease;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.StopAction;
import dev.drover.v1.Window;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobRollbackTest extends JobFixture {
  private void rollBack() {
    send(of(JobMachine.Event.ROLL_BACK), NOW);
  }

  @Test
  void rule_bringsBackTheDevicesThatSucceeded() {
    run(
        install()
            .setConcurrency(2)
            .addWindows(Window.newBuilder().setCron("0 2 * * *"))
            .setConditions(Conditions.newBuilder().setMains(true))
            .addAbortRules(
                AbortRule.newBuilder()
                    .setThreshold(3000)
                    .setMinimumEnded(3)
                    .setAction(StopAction.ROLL_BACK)),
        10);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.SUCCEEDED);
    end(3, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ROLLING_BACK, job().getState());
    assertEquals(List.of("j1-4"), cancelled());
    assertTrue(sent.stream().anyMatch(e -> e.getCancel().getStopRunning()));
    assertEquals(List.of(1, 2, 3, 4, 11), granted(), "the slots hold for the way back too");
    Lease lease = sent.get(sent.size() - 1).getGrant().getLease();
    assertEquals(Devices.digest(3), lease.getTask().getRevert().getManifestSha256());
    assertEquals(0, lease.getWindowsCount());
    assertFalse(lease.hasConditions());
    assertEquals("j1-11", lease.getExecution());
    assertEquals(List.of("cam-1"), devices(11, 1));
    assertTrue(group(1).getRollback());
    end(11, ExecutionState.SUCCEEDED);
    assertEquals(
        "An abort rule holds: 1 of 3 that ended failed; the rule acts at 30.00%. 1 of 2 changed"
            + " devices are back. Waits for 1 that had been granted the release.",
        job().getCause());
    end(12, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_ROLLING_BACK, job().getState());
    end(4, ExecutionState.CANCELLED);
    assertEquals(JobState.JOB_ROLLED_BACK, job().getState());
    assertEquals(GroupState.GROUP_STOPPED, group(0).getState());
    assertEquals(GroupState.GROUP_PASSED, group(1).getState());
    assertEquals(List.of(HubAction.JOB_CREATED, HubAction.JOB_STOPPED_BY_RULE), told());
    assertTrue(rows.scan(JobRows.DONE, 9).isEmpty());
  }

  @Test
  void deviceThatSucceedsMeanwhile_isBroughtBackToo() {
    run(install(), 2);
    end(1, ExecutionState.SUCCEEDED);
    rollBack();
    end(3, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_ROLLING_BACK, job().getState());
    assertEquals(List.of("cam-1", "cam-2"), devices(3, 2));
    end(4, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_ROLLED_BACK, job().getState());
    assertEquals(
        "Rolled back by bert. All 2 changed devices said that they are back.", job().getCause());
  }

  @Test
  void deviceThatDoesNotComeBack_leavesTheJobAborted_andCanBeTriedAgain() {
    run(install().setRetry(RetrySpec.newBuilder().setAttempts(2)), 2);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_SUCCEEDED, job().getState());
    rollBack();
    end(3, ExecutionState.SUCCEEDED);
    end(4, ExecutionState.FAILED);
    send(of(JobMachine.Event.RETRY), NOW);
    send(ended(4, 2, ExecutionState.FAILED), NOW);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(
        "Rolled back by bert. 1 of 2 changed devices said that they are back. Roll it back again"
            + " for the rest.",
        job().getCause());
    rollBack();
    assertEquals(List.of("cam-2"), devices(5, 9));
    end(5, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_ROLLED_BACK, job().getState());
    assertThrows(DroverException.class, this::rollBack);
  }

  private void noneBefore(int target) {
    JobEnvelope.Builder none = ended(target, 1, ExecutionState.REJECTED);
    none.getEndedBuilder().setError(ErrorCode.NOT_FOUND.number());
    send(none, NOW);
    send(none, NOW);
  }

  @Test
  void devicesWithNoReleaseBefore_areNotToBeRolledBackAgain() {
    run(install(), 3);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.SUCCEEDED);
    end(3, ExecutionState.SUCCEEDED);
    rollBack();
    noneBefore(4);
    noneBefore(5);
    end(6, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(
        "Rolled back by bert. 0 of 3 changed devices said that they are back. Roll it back again"
            + " for the rest. 2 had no release before this one: publish another and roll it out"
            + " to them.",
        job().getCause());
    assertEquals(2, group(1).getNothingBefore());
    rollBack();
    noneBefore(7);
    noneBefore(8);
    end(9, ExecutionState.SUCCEEDED);
    assertEquals(
        "Rolled back by bert. 1 of 3 changed devices said that they are back. 2 had no release"
            + " before this one: publish another and roll it out to them.",
        job().getCause());
  }

  @Test
  void deviceOfWhichNobodyKnows_keepsItFromBeingRolledBack_untilItSpeaks() {
    run(install(), 2);
    end(1, ExecutionState.SUCCEEDED);
    JobEnvelope.Builder silent = ended(2, 1, ExecutionState.UNREACHABLE);
    silent.getEndedBuilder().setSent(true);
    send(silent, NOW);
    rollBack();
    end(3, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertTrue(
        job().getCause().contains("Of 1 others nobody knows whether they were changed."),
        job().getCause());
    JobEnvelope.Builder late = ended(2, 1, ExecutionState.SUCCEEDED);
    late.getEndedBuilder().setLate(true);
    send(late, NOW);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    rollBack();
    end(4, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_ROLLED_BACK, job().getState());
  }

  @Test
  void jobOfWhichNoneSucceeded_isRolledBack_onceADeviceSaysThatItWasChanged() {
    run(install(), 2);
    end(1, ExecutionState.FAILED);
    JobEnvelope.Builder slow = ended(2, 1, ExecutionState.TIMED_OUT);
    send(slow, NOW);
    assertEquals(JobState.JOB_FAILED, job().getState());
    DroverException refused = assertThrows(DroverException.class, this::rollBack);
    assertEquals("No device has this job's release from it.", refused.getMessage());
    JobEnvelope.Builder late = ended(2, 1, ExecutionState.SUCCEEDED);
    late.getEndedBuilder().setLate(true).setToldBefore(ExecutionState.TIMED_OUT);
    send(late, NOW);
    rollBack();
    end(3, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_ROLLED_BACK, job().getState());
  }

  @Test
  void deviceThatNeverGotTheLease_wasNotChanged() {
    run(install(), 2);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.UNREACHABLE);
    rollBack();
    end(3, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_ROLLED_BACK, job().getState());
  }

  @Test
  void deadlineOfTheWayBack_isItsOwn_andSaysWhoIsMissing() {
    run(install(), 2);
    send(ended(1, 1, ExecutionState.SUCCEEDED), NOW + 500_000);
    send(of(JobMachine.Event.ROLL_BACK), NOW + 599_000);
    assertEquals(NOW + 599_000 + 600_000, rows.timers.get("deadline"));
    send(of(JobMachine.Event.DEADLINE), NOW + 1_199_000);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertTrue(job().getCause().contains("0 of 1 changed devices"), job().getCause());
    assertTrue(cancelled().contains("j1-3"));
  }

  @Test
  void nothingToBringBack_isRefused() {
    run(spec(), 1);
    assertEquals(
        ErrorCode.ILLEGAL_TRANSITION, assertThrows(DroverException.class, this::rollBack).code());
    end(1, ExecutionState.SUCCEEDED);
    assertThrows(DroverException.class, this::rollBack);
    assertEquals(JobState.JOB_SUCCEEDED, job().getState());
    JobRollbackTest other = new JobRollbackTest();
    other.run(install().addAbortRules(AbortRule.newBuilder().setThreshold(1)), 1);
    other.end(1, ExecutionState.FAILED);
    assertThrows(DroverException.class, other::rollBack);
    assertEquals(JobState.JOB_ABORTED, other.job().getState());
  }

  @Test
  void gateThatFailsBeforeAnybodyChanged_endsAborted() {
    GroupSpec.Builder group = GroupSpec.newBuilder();
    group.getGateBuilder().setSuccessPercent(100).setOnFailure(StopAction.ROLL_BACK);
    run(install().addGroups(group), 3);
    end(1, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ROLLING_BACK, job().getState());
    end(2, ExecutionState.CANCELLED);
    end(3, ExecutionState.CANCELLED);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertTrue(
        job().getCause().endsWith("No device had said that it was changed."), job().getCause());
  }

  @Test
  void manyDevices_areBroughtBackInPages_whileOthersStillEnd() {
    run(install().setConcurrency(2000), 1300);
    for (int i = 1; i <= 1000; i++) {
      end(i, ExecutionState.SUCCEEDED);
    }
    rollBack();
    assertEquals(300, cancelled().size());
    assertEquals(1000, group(1).getTargets());
    end(1001, ExecutionState.SUCCEEDED);
    assertEquals(1001, group(1).getTargets());
    for (int i = 1002; i <= 1300; i++) {
      end(i, ExecutionState.CANCELLED);
    }
    for (int i = 1301; i <= 1300 + 1001; i++) {
      end(i, ExecutionState.SUCCEEDED);
    }
    assertEquals(JobState.JOB_ROLLED_BACK, job().getState());
    assertEquals(0, job().getGroups(1).getInFlight());
  }

  @Test
  void cancelled_duringTheWayBack_stopsThat() {
    run(install().setConcurrency(1), 3);
    end(1, ExecutionState.SUCCEEDED);
    rollBack();
    send(of(JobMachine.Event.CANCEL), NOW);
    assertEquals(JobState.JOB_CANCELLED, job().getState());
    assertEquals(GroupState.GROUP_STOPPED, group(1).getState());
  }

  @Test
  void wayBackThatWasCancelled_isNotTriedAgain_beneathTheNextOne() {
    run(install().setRetry(RetrySpec.newBuilder().setAttempts(2)), 1);
    end(1, ExecutionState.SUCCEEDED);
    rollBack();
    send(of(JobMachine.Event.CANCEL), NOW);
    rollBack();
    end(2, ExecutionState.UNREACHABLE);
    assertEquals(1, group(1).getUnreachable());
    end(3, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_ROLLED_BACK, job().getState());
  }
}
