package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.hub.v1.CancelExecution;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.Said;
import dev.drover.v1.ExecutionState;
import org.junit.jupiter.api.Test;

/** A device with as much on its hands as it may have, whose store is new: one step takes it all. */
class FullDeviceTest extends ExecutionFixture {
  private static final int PLACES = ExecutionMachine.ACTIVE_MAX / 2;

  FullDeviceTest() {
    super(PLACES);
  }

  private void grantAll() {
    connect();
    for (int target = 1; target <= ExecutionMachine.ACTIVE_MAX; target++) {
      send(grant(target, 1, TOOL), NOW);
    }
  }

  @Test
  void newLife_endsWhatRan_andOffersWhatWaited() {
    grantAll();
    for (int target = 1; target <= PLACES; target++) {
      reportOf(target, ExecutionState.RUNNING);
    }
    say(Said.newBuilder().setIncarnation(LIFE + 1), NOW);
    for (int target = 1; target <= ExecutionMachine.ACTIVE_MAX; target++) {
      ExecutionState expected =
          target <= PLACES ? ExecutionState.OUTCOME_UNKNOWN : ExecutionState.GRANTED;
      assertEquals(expected, state(target), "target " + target);
    }
  }

  @Test
  void newLife_ofWhatWasTakenBackMeanwhile_endsItAll() {
    grantAll();
    for (int target = 1; target <= PLACES; target++) {
      reportOf(target, ExecutionState.RUNNING);
    }
    for (int target = 1; target <= ExecutionMachine.ACTIVE_MAX; target++) {
      CancelExecution cancel =
          CancelExecution.newBuilder().setExecution(ExecutionRows.id("j1", target)).build();
      send(ExecutionEnvelope.newBuilder().setCancel(cancel), NOW);
    }
    say(Said.newBuilder().setIncarnation(LIFE + 1), NOW);
    assertEquals(ExecutionState.OUTCOME_UNKNOWN, state(1));
    assertEquals(ExecutionState.CANCELLED, state(ExecutionMachine.ACTIVE_MAX));
  }
}
