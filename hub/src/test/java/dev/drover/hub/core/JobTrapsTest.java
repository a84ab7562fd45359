package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.JobEnvelope;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.GroupState;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.StopAction;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What operators of another roll-out system fell into: five traps measured or read in hawkBit
 * 0.9.0. Each is the same story here, with another end.
 */
class JobTrapsTest extends JobFixture {
  private static final int SLOTS = 4;

  /** Fifty devices, then the rest; more than 10% failures stop it. */
  private static JobSpec.Builder staged(StopAction onFailure) {
    Gate gate =
        Gate.newBuilder()
            .setMinimumEnded(5)
            .setSuccessPercent(50)
            .setFailurePercent(10)
            .setOnFailure(onFailure)
            .build();
    return install()
        .setConcurrency(SLOTS)
        .addGroups(GroupSpec.newBuilder().setCount(50).setGate(gate))
        .addGroups(GroupSpec.getDefaultInstance());
  }

  /** Hawkbit offered the bad update to 44 of 44 devices of the group after it had paused. */
  @Test
  void pauseAfterAnError_offersNothingMoreOfTheGroup() {
    run(staged(StopAction.PAUSE), 100);
    for (int i = 1; i <= 5; i++) {
      end(i, ExecutionState.FAILED);
    }
    assertEquals(JobState.JOB_PAUSED, job().getState());
    int exposed = granted().size();
    // Five had to end before the gate was asked; beyond them, what the slots held.
    assertTrue(exposed <= 5 + SLOTS, exposed + " devices exposed");
    assertEquals(exposed - 5, cancelled().size(), "every lease that did not end is taken back");
    takenBack(1);
    assertEquals(exposed, granted().size());
    assertEquals(0, group(0).getInFlight());
  }

  /** Hawkbit started the next group at once when it was resumed. */
  @Test
  void resumeAfterAnError_asksTheGateAgain_andStartsNoGroup() {
    run(staged(StopAction.PAUSE), 100);
    for (int i = 1; i <= 5; i++) {
      end(i, ExecutionState.FAILED);
    }
    takenBack(1);
    int exposed = granted().size();
    assertNotNull(send(of(JobMachine.Event.RESUME), NOW + 1).refusal());
    assertEquals(JobState.JOB_PAUSED, job().getState());
    assertEquals(exposed, granted().size());
    assertEquals(GroupState.GROUP_WAITING, group(1).getState());
  }

  /** Hawkbit ended FINISHED with 85 actions running when the last group hit its threshold. */
  @Test
  void errorInTheLastGroup_isNoSuccess_andStopsTheRest() {
    Gate gate =
        Gate.newBuilder().setMinimumEnded(2).setSuccessPercent(90).setFailurePercent(10).build();
    run(install().setConcurrency(SLOTS).addGroups(GroupSpec.newBuilder().setGate(gate)), 100);
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(GroupState.GROUP_FAILED, group(0).getState());
    takenBack(1);
    assertEquals(0, group(0).getInFlight());
    assertTrue(granted().size() <= 2 + SLOTS);
  }

  /** Hawkbit starts the next group when all of one ended, also below the threshold. */
  @Test
  void groupThatEndedBelowItsThreshold_doesNotPass() {
    Gate gate = Gate.newBuilder().setSuccessPercent(50).setFailurePercent(50).build();
    run(
        spec()
            .addGroups(GroupSpec.newBuilder().setCount(100).setGate(gate))
            .addGroups(GroupSpec.getDefaultInstance()),
        150);
    for (int i = 1; i <= 45; i++) {
      end(i, ExecutionState.SUCCEEDED);
      end(45 + i, ExecutionState.FAILED);
    }
    for (int i = 91; i <= 100; i++) {
      end(i, ExecutionState.CANCELLED);
    }
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(100, granted().size());
    assertTrue(
        job().getCause().contains("45 of 100 succeeded, at least 50% must"), job().getCause());
  }

  /** In hawkbit one device that is offline holds a gate of 100% for ever. */
  @Test
  void oneOfflineDevice_doesNotHoldTheGateForEver() {
    Gate gate = Gate.newBuilder().setSuccessPercent(100).setDeadlineSeconds(60).build();
    run(
        spec()
            .addGroups(GroupSpec.newBuilder().setCount(2).setGate(gate))
            .addGroups(GroupSpec.getDefaultInstance()),
        4);
    end(1, ExecutionState.SUCCEEDED);
    send(of(JobMachine.Event.GROUP_DEADLINE), NOW + 60_000);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(1, group(0).getUnreachable());
  }

  @Test
  void cancellingWhatIsFinished_isRefused() {
    run(spec(), 1);
    end(1, ExecutionState.SUCCEEDED);
    for (JobMachine.Event event :
        List.of(JobMachine.Event.CANCEL, JobMachine.Event.PAUSE, JobMachine.Event.RESUME)) {
      DroverException refused = assertThrows(DroverException.class, () -> send(of(event), NOW));
      assertEquals(ErrorCode.ILLEGAL_TRANSITION, refused.code());
    }
    assertEquals(JobState.JOB_SUCCEEDED, job().getState());
  }

  @Test
  void reportsOfAnotherAttemptOrTwice_changeNoCount() {
    run(spec(), 2);
    send(of(JobMachine.Event.PAUSE), NOW);
    end(1, ExecutionState.CANCELLED);
    end(1, ExecutionState.CANCELLED);
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(1, group(0).getHeld());
    assertEquals(0, group(0).getSucceeded());
    send(of(JobMachine.Event.RESUME), NOW);
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(0, group(0).getSucceeded(), "that attempt was taken back");
    JobEnvelope.Builder second = ended(1, 2, ExecutionState.SUCCEEDED);
    send(second, NOW);
    send(second, NOW);
    assertEquals(1, group(0).getSucceeded());
  }
}
