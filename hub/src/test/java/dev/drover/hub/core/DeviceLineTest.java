package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.CancelExecution;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.Said;
import dev.drover.v1.Command;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Lease;
import dev.drover.v1.WaitReason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeviceLineTest extends ExecutionFixture {
  DeviceLineTest() {
    super(2);
  }

  private final List<Command> offers = new ArrayList<>();

  @BeforeEach
  void online() {
    connect();
  }

  @Override
  void send(ExecutionEnvelope.Builder event, long nowMs) {
    super.send(event, nowMs);
    offers.addAll(commands());
  }

  @Test
  void grant_beyondThePlaces_waitsAndIsOfferedWhenOneEnds() {
    send(grant(1, 1, ASK), NOW);
    send(grant(2, 1, ASK), NOW);
    send(grant(3, 1, ASK), NOW);
    assertEquals(List.of("j1-1", "j1-2"), offered());
    assertEquals(ExecutionState.QUEUED, state(3));
    assertEquals(1, head().getQueued());
    reportOf(1, ExecutionState.SUCCEEDED);
    assertEquals(List.of("j1-3"), offered());
    assertEquals(ExecutionState.GRANTED, state(3));
    assertEquals(0, head().getQueued());
    assertEquals(2, head().getPlaces());
    assertTrue(rows.scan(ExecutionRows.QUEUE, 10).isEmpty());
  }

  @Test
  void offer_afterAWait_hasItsWholeTimeToStart() {
    send(grant(1, 1, ASK), NOW);
    send(grant(2, 1, ASK), NOW);
    ExecutionEnvelope.Builder waiting = grant(3, 1, ASK);
    waiting.getGrantBuilder().getLeaseBuilder().setNotBeforeMs(NOW);
    send(waiting, NOW);
    commands();
    report(
        ExecutionReport.newBuilder()
            .setExecution("j1-1")
            .setAttempt(1)
            .setState(ExecutionState.SUCCEEDED)
            .build(),
        NOW + 200_000);
    Lease lease = commands().get(0).getLease();
    assertEquals(NOW + 200_000 + LEASE_MS, lease.getExpiresMs());
    assertEquals(NOW + 200_000 + LEASE_MS + ExecutionMachine.GRACE_MS, rows.timers.get("x/j1-3"));
  }

  @Test
  void order_isPriorityThenServedLongestAgoThenArrival() {
    fill();
    send(grant(3, 1, ASK), NOW);
    send(priority(4, 7), NOW);
    send(priority(5, 7), NOW);
    reportOf(1, ExecutionState.FAILED);
    reportOf(2, ExecutionState.FAILED);
    assertEquals(List.of("j1-4", "j1-5"), offered());
    // A second attempt of one that was served comes after whoever was not.
    send(grant(1, 2, ASK), NOW);
    send(grant(6, 1, ASK), NOW);
    reportOf(4, ExecutionState.SUCCEEDED);
    reportOf(5, ExecutionState.SUCCEEDED);
    assertEquals(List.of("j1-3", "j1-6"), offered());
    reportOf(3, ExecutionState.SUCCEEDED);
    assertEquals(List.of("j1-1"), offered());
  }

  @Test
  void jobsInOneLine_goByPriority_thenTheOlder() {
    fill();
    send(of("older", 1, 5), NOW);
    send(of("urgent", 1, 9), NOW);
    send(of("younger", 1, 5), NOW);
    send(of("idle", 1, 0), NOW);
    assertTrue(offered().isEmpty(), "a higher priority takes nobody's place");
    reportOf(1, ExecutionState.SUCCEEDED);
    assertEquals(List.of("urgent-1"), offered());
    reportOf(2, ExecutionState.SUCCEEDED);
    assertEquals(List.of("older-1"), offered());
    reportOf("urgent-1", 1, ExecutionState.SUCCEEDED);
    assertEquals(List.of("younger-1"), offered());
    reportOf("older-1", 1, ExecutionState.SUCCEEDED);
    assertEquals(List.of("idle-1"), offered());
    assertEquals(2, head().getPlaces());
  }

  /** A job of many devices that fails and tries again, beside jobs that come once. */
  @Test
  void jobThatTriesAgain_letsOthersOfItsPriorityGoFirst() {
    send(of("other", 1, 9), NOW);
    send(of("big", 1, 0), NOW);
    offered();
    send(of("small", 1, 0), NOW);
    reportOf("big-1", 1, ExecutionState.FAILED);
    assertEquals(List.of("small-1"), offered());
    send(of("big", 2, 0), NOW);
    send(of("later", 1, 0), NOW);
    reportOf("small-1", 1, ExecutionState.SUCCEEDED);
    assertEquals(List.of("later-1"), offered(), "it was never served, and the big one was");
    reportOf("later-1", 1, ExecutionState.SUCCEEDED);
    assertEquals(List.of("big-1"), offered());
  }

  @Test
  void cancel_whileQueued_isImmediateAndLeavesNoTrace() {
    fill();
    send(grant(3, 1, ASK), NOW);
    send(
        ExecutionEnvelope.newBuilder().setCancel(CancelExecution.newBuilder().setExecution("j1-3")),
        NOW);
    assertEquals(ExecutionState.CANCELLED, state(3));
    assertEquals(ExecutionState.CANCELLED, ended().orElseThrow().getState());
    assertTrue(commands().isEmpty());
    reportOf(1, ExecutionState.SUCCEEDED);
    assertTrue(offered().isEmpty());
    assertEquals(1, head().getPlaces());
  }

  @Test
  void installs_oneAtATime_whileQuestionsGoOn() {
    send(grant(1, 1, INSTALL), NOW);
    send(grant(2, 1, INSTALL), NOW);
    send(grant(3, 1, ASK), NOW);
    assertEquals(List.of("j1-1", "j1-3"), offered());
    reportOf(3, ExecutionState.SUCCEEDED);
    assertTrue(offered().isEmpty());
    reportOf(1, ExecutionState.SUCCEEDED);
    assertEquals(List.of("j1-2"), offered());
    assertEquals(1, head().getInstalls());
  }

  @Test
  void waitingForAWindow_givesThePlaceFree_butInstallsStayAlone() {
    send(grant(1, 1, INSTALL), NOW);
    send(grant(2, 1, ASK), NOW);
    send(grant(3, 1, ASK), NOW);
    send(grant(4, 1, INSTALL), NOW);
    assertEquals(List.of("j1-1", "j1-2"), offered());
    waits(1, WaitReason.WAITS_FOR_WINDOW);
    assertEquals(List.of("j1-3"), offered());
    waits(2, WaitReason.WAITS_FOR_OTHERS);
    assertTrue(offered().isEmpty());
    assertEquals(ExecutionState.QUEUED, state(4));
    reportOf(1, ExecutionState.RUNNING);
    assertEquals(3, head().getPlaces());
    reportOf(1, ExecutionState.SUCCEEDED);
    reportOf(2, ExecutionState.SUCCEEDED);
    assertEquals(List.of("j1-4"), offered());
    reportOf(3, ExecutionState.SUCCEEDED);
    reportOf(4, ExecutionState.SUCCEEDED);
    assertEquals(0, head().getPlaces());
    assertEquals(0, head().getInstalls());
    assertEquals(0, head().getActive());
  }

  @Test
  void newLifeOfTheDevice_keepsWhatWaitsOnTheHub() {
    fill();
    send(grant(3, 1, TOOL), NOW);
    say(mark(1, 2), NOW);
    say(Said.newBuilder().setIncarnation(88).setHello(true), NOW);
    assertEquals(ExecutionState.OUTCOME_UNKNOWN, state(1));
    assertEquals(ExecutionState.GRANTED, state(3));
    assertEquals(1, head().getPlaces());
  }

  @Test
  void report_ofOneThatWaitsOnTheHub_isRefused() {
    fill();
    send(grant(3, 1, ASK), NOW);
    reportOf(3, ExecutionState.SUCCEEDED);
    assertEquals(ExecutionState.QUEUED, state(3));
    assertEquals(1, head().getRefusedOrder());
  }

  private void fill() {
    send(grant(1, 1, ASK), NOW);
    send(grant(2, 1, ASK), NOW);
    offers.clear();
  }

  private static ExecutionEnvelope.Builder priority(int target, int priority) {
    ExecutionEnvelope.Builder grant = grant(target, 1, ASK);
    grant.getGrantBuilder().getLeaseBuilder().setPriority(priority);
    return grant;
  }

  private static ExecutionEnvelope.Builder of(String job, int attempt, int priority) {
    ExecutionEnvelope.Builder grant = grant(job, 1, attempt, ASK);
    grant.getGrantBuilder().getLeaseBuilder().setPriority(priority);
    return grant;
  }

  private void waits(int target, WaitReason reason) {
    report(
        ExecutionReport.newBuilder()
            .setExecution("j1-" + target)
            .setAttempt(1)
            .setState(ExecutionState.ACCEPTED)
            .setWaitsFor(reason)
            .build(),
        NOW);
  }

  private List<String> offered() {
    List<String> names =
        offers.stream()
            .filter(Command::hasLease)
            .map(command -> command.getLease().getExecution())
            .toList();
    offers.clear();
    return names;
  }
}
