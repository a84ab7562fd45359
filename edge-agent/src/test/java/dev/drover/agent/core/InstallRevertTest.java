package dev.drover.agent.core;

import static dev.drover.agent.core.InstallFixture.T;
import static dev.drover.agent.core.InstallFixture.broken;
import static dev.drover.agent.core.InstallFixture.done;
import static dev.drover.agent.core.InstallFixture.due;
import static dev.drover.agent.core.InstallFixture.event;
import static dev.drover.agent.core.InstallFixture.failed;
import static dev.drover.agent.core.InstallFixture.install;
import static dev.drover.agent.core.InstallFixture.manifest;
import static dev.drover.agent.core.InstallFixture.offer;
import static dev.drover.agent.core.InstallFixture.reports;
import static dev.drover.agent.core.InstallFixture.slots;
import static dev.drover.agent.core.InstallFixture.start;
import static dev.drover.agent.core.InstallFixture.state;
import static dev.drover.agent.core.InstallFixture.verdict;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.agent.core.InstallTable.Event;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallOffer;
import dev.drover.agent.v1.InstallOrder;
import dev.drover.agent.v1.SlotDecision;
import dev.drover.machine.Effect;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Lease;
import dev.drover.v1.RevertTask;
import dev.drover.v1.Task;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class InstallRevertTest {
  private final OneKey<InstallEvent> key = new OneKey<>(new InstallMachine(), "install", T);

  @Test
  void revert_committedRelease_goesBackByTheWayOfATrial() {
    two();
    key.submit(revert("r1", manifest(2)));
    key.submit(due("r1", 1));
    List<Effect> checks = key.take(Machines.EFFECT_PREFLIGHT);
    InstallOrder order = OneKey.parse(InstallOrder.parser(), checks.get(0).payload());
    assertEquals(manifest(1), order.getCandidate().getManifestSha256());
    key.take(Machines.EFFECT_RESTART);
    key.submit(done("r1", InstallState.PREFLIGHT, 1));
    assertEquals(InstallState.STAGED, state(key));
    assertTrue(key.take(Machines.EFFECT_FETCH).isEmpty());
    assertEquals(1, key.take(Machines.EFFECT_RESTART).size());
    SlotDecision trial = start(key);
    assertTrue(trial.getTrial());
    assertEquals(manifest(1), trial.getSlot().getManifestSha256());
    reports(key);
    key.submit(verdict(1, null));
    ExecutionReport back = reports(key).get(0);
    assertEquals(ExecutionState.SUCCEEDED, back.getState());
    assertEquals(manifest(1), back.getInstalled().getManifestSha256());
    assertEquals(manifest(1), slots(key).getCommitted().getManifestSha256());
    assertFalse(slots(key).hasPrevious());
    assertEquals(2, slots(key).getReleaseCounter());
  }

  @Test
  void revert_done_leavesTheOldReleaseToNoOtherTask() {
    back();
    key.submit(offer("e9", 1, 3, 1));
    assertEquals(InstallState.REJECTED, state(key));
    reports(key);
    key.submit(revert("r2", manifest(1)));
    assertEquals(ErrorCode.NOT_FOUND.number(), reports(key).get(0).getError());
    // The release that was left may come again, by a job that installs it.
    install(key, 2, 2);
    assertEquals(manifest(2), slots(key).getCommitted().getManifestSha256());
    assertEquals(manifest(1), slots(key).getPrevious().getManifestSha256());
  }

  @Test
  void revert_withNothingBefore_orOfNoRelease_isRefused() {
    install(key, 1, 1);
    reports(key);
    key.submit(revert("r2", manifest(1)));
    assertEquals(ErrorCode.NOT_FOUND.number(), reports(key).get(0).getError());
    key.submit(revert("r4", ByteString.EMPTY));
    assertEquals(ErrorCode.INVALID_ARGUMENT.number(), reports(key).get(0).getError());
    assertEquals(manifest(1), slots(key).getCommitted().getManifestSha256());
  }

  @Test
  void revert_ofWhatWasLeft_isDone_andTellsWhatRuns() {
    key.submit(revert("r1", manifest(1)));
    ExecutionReport nothing = reports(key).get(0);
    assertEquals(ExecutionState.SUCCEEDED, nothing.getState());
    assertFalse(nothing.hasInstalled());
    two();
    key.submit(broken(2));
    reports(key);
    key.submit(revert("r2", manifest(2)));
    ExecutionReport fellBack = reports(key).get(0);
    assertEquals(ExecutionState.SUCCEEDED, fellBack.getState());
    assertEquals(manifest(1), fellBack.getInstalled().getManifestSha256());
    assertTrue(key.take(Machines.EFFECT_PREFLIGHT).isEmpty());
    assertEquals(InstallState.COMMITTED, state(key));
    assertEquals(manifest(1), start(key).getSlot().getManifestSha256());
  }

  @Test
  void revert_ofTheReleaseBefore_isDone_andNothingFallsBackToIt() {
    two();
    key.submit(revert("r1", manifest(1)));
    ExecutionReport left = reports(key).get(0);
    assertEquals(ExecutionState.SUCCEEDED, left.getState());
    assertEquals(manifest(2), left.getInstalled().getManifestSha256());
    assertFalse(slots(key).hasPrevious());
    assertEquals(1, key.take(Machines.EFFECT_COLLECT).size());
    key.submit(broken(2));
    assertFalse(start(key).hasSlot());
  }

  @Test
  void revert_whileAnotherReleaseIsInstalled_isDoneBeside_andThatGoesOn() {
    for (InstallState state :
        List.of(InstallState.WAITING, InstallState.FETCHING, InstallState.TRIAL)) {
      OneKey<InstallEvent> busy = InstallFixture.in(state);
      reports(busy);
      busy.submit(revert("r1", manifest(9)));
      ExecutionReport left = reports(busy).get(0);
      assertEquals("r1", left.getExecution());
      assertEquals(ExecutionState.SUCCEEDED, left.getState(), state.name());
      assertEquals(state, state(busy));
      assertEquals("e1", InstallFixture.row(busy).getLease().getExecution());
    }
  }

  @Test
  void revert_ofWhatIsBeingInstalled_isRefused() {
    for (InstallState state :
        List.of(InstallState.WAITING, InstallState.FETCHING, InstallState.TRIAL)) {
      OneKey<InstallEvent> busy = InstallFixture.in(state);
      reports(busy);
      busy.submit(revert("r1", manifest(1)));
      ExecutionReport refused = reports(busy).get(0);
      assertEquals(ExecutionState.REJECTED, refused.getState(), state.name());
      assertEquals(ErrorCode.ILLEGAL_TRANSITION.number(), refused.getError());
      assertEquals(state, state(busy));
    }
  }

  @Test
  void revert_slotBeforeIsDamaged_staysWhereItIs() {
    two();
    key.submit(revert("r1", manifest(2)));
    key.submit(due("r1", 1));
    key.submit(failed("r1", InstallState.PREFLIGHT));
    assertEquals(InstallState.REJECTED, state(key));
    assertEquals(manifest(2), slots(key).getCommitted().getManifestSha256());
    assertEquals(manifest(2), start(key).getSlot().getManifestSha256());
  }

  @Test
  void revert_slotsChangedWhileItWaited_isDoneThen() {
    two();
    key.submit(revert("r1", manifest(2)));
    key.submit(broken(2));
    reports(key);
    key.submit(due("r1", 1));
    ExecutionReport left = reports(key).get(0);
    assertEquals(ExecutionState.SUCCEEDED, left.getState());
    assertEquals(manifest(1), left.getInstalled().getManifestSha256());
    assertTrue(key.take(Machines.EFFECT_PREFLIGHT).isEmpty());
  }

  @Test
  void revert_trialFails_staysWithTheReleaseThatRuns() {
    two();
    staged();
    start(key);
    key.submit(verdict(1, ErrorCode.MODEL_CORRUPT));
    assertEquals(InstallState.ROLLED_BACK, state(key));
    assertEquals(manifest(2), start(key).getSlot().getManifestSha256());
    reports(key);
    key.submit(revert("r2", manifest(2)));
    assertEquals(InstallState.WAITING, state(key));
  }

  @Test
  void revert_crashAtAnyStep_startsIntoOneOfTheTwoThatWereCommitted() {
    for (int steps = 0; steps <= 6; steps++) {
      InstallRevertTest fresh = new InstallRevertTest();
      fresh.two();
      List<InstallEvent> way =
          List.of(
              revert("r1", manifest(2)),
              due("r1", 1),
              done("r1", InstallState.PREFLIGHT, 1),
              event(Event.STARTED, InstallState.STAGED),
              event(Event.STARTED, InstallState.TRIAL),
              verdict(1, null));
      way.subList(0, steps).forEach(fresh.key::submit);
      for (int start = 0; start < 4; start++) {
        ByteString slot = start(fresh.key).getSlot().getManifestSha256();
        assertTrue(slot.equals(manifest(1)) || slot.equals(manifest(2)), "after " + steps);
      }
      // Four starts without a verdict: whatever was tried is given up, and it is committed again.
      SlotDecision last = start(fresh.key);
      assertFalse(last.getTrial(), "after " + steps);
      assertEquals(slots(fresh.key).getCommitted(), last.getSlot(), "after " + steps);
    }
  }

  private void two() {
    install(key, 1, 1);
    install(key, 2, 2);
    key.owed.clear();
  }

  private void staged() {
    key.submit(revert("r1", manifest(2)));
    key.submit(due("r1", 1));
    key.submit(done("r1", InstallState.PREFLIGHT, 1));
  }

  private void back() {
    two();
    staged();
    start(key);
    key.submit(verdict(1, null));
    key.owed.clear();
  }

  private static InstallEvent revert(String execution, ByteString manifest) {
    Lease lease =
        Lease.newBuilder()
            .setExecution(execution)
            .setAttempt(1)
            .setExpiresMs(T + 100_000)
            .setDeadlineMs(T + 200_000)
            .setTask(
                Task.newBuilder().setRevert(RevertTask.newBuilder().setManifestSha256(manifest)))
            .build();
    return InstallEvent.newBuilder().setOffer(InstallOffer.newBuilder().setLease(lease)).build();
  }
}
