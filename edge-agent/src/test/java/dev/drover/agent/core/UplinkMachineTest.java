package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.NewLife;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.agent.v1.UplinkHead;
import dev.drover.agent.v1.UplinkReceipt;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.WaitReason;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UplinkMachineTest {
  private final OneKey<UplinkEvent> key = new OneKey<>(new UplinkMachine(), "uplink", 1000);

  @BeforeEach
  void begin() {
    key.submit(life(7));
  }

  @Test
  void begin_again_keepsTheIncarnation() {
    key.submit(life(8));
    assertEquals(7, head().getIncarnation());
  }

  @Test
  void begin_afterEnrolment_keepsTheIncarnationOfTheStore() {
    key.submit(enrolled(8));
    key.submit(enrolled(8));
    assertEquals(7, head().getIncarnation());
  }

  @Test
  void begin_enrolledAgain_isTheLifeThatTheHubExpects() {
    key.submit(enrolled(8));
    key.submit(report("a", ExecutionState.ACCEPTED, 0));
    key.submit(receipt(7, 1));
    key.submit(report("b", ExecutionState.SUCCEEDED, 0));
    key.submit(enrolled(9));
    assertEquals(9, head().getIncarnation());
    assertEquals(List.of(1L), seqs());
    assertEquals(9, events().get(0).getIncarnation());
    assertEquals(
        9, key.sent(Machines.AUDIT, AuditEvent.parser()).get(0).getRestart().getIncarnation());
  }

  @Test
  void begin_enrolledOnceAndRestoredSince_keepsItsNewLife() {
    key.submit(enrolled(8));
    key.submit(receipt(7, 50));
    key.submit(enrolled(8));
    assertEquals(99, head().getIncarnation());
  }

  @Test
  void reports_areNumberedInOrderAndKeptUntilTheirReceipt() {
    key.submit(report("a", ExecutionState.ACCEPTED, 0));
    key.submit(report("a", ExecutionState.SUCCEEDED, 0));
    assertEquals(List.of(1L, 2L), seqs());
    key.submit(receipt(7, 1));
    assertEquals(List.of(2L), seqs());
    key.submit(receipt(7, 1));
    assertEquals(List.of(2L), seqs());
    key.submit(receipt(7, 2));
    assertEquals(List.of(), seqs());
  }

  @Test
  void receipt_ofAnotherIncarnation_isIgnored() {
    key.submit(report("a", ExecutionState.ACCEPTED, 0));
    key.submit(receipt(6, 1));
    assertEquals(List.of(1L), seqs());
  }

  @Test
  void progress_withoutReceipts_keepsOneNumberedAndTheNewest() {
    for (int permille = 1; permille <= 500; permille++) {
      key.submit(report("a", ExecutionState.RUNNING, permille));
    }
    assertEquals(List.of(1L), seqs());
    assertEquals(1, key.rowCount(UplinkMachine.WAITING));
    key.submit(receipt(7, 1));
    assertEquals(List.of(2L), seqs());
    assertEquals(500, events().get(0).getReport().getProgressPermille());
    assertEquals(0, key.rowCount(UplinkMachine.WAITING));
  }

  @Test
  void progress_overtakenByTheEnd_isDropped() {
    key.submit(report("a", ExecutionState.RUNNING, 1));
    key.submit(report("a", ExecutionState.RUNNING, 2));
    key.submit(report("a", ExecutionState.SUCCEEDED, 0));
    assertEquals(List.of(1L, 2L), seqs());
    key.submit(receipt(7, 2));
    assertEquals(0, key.rowCount(UplinkMachine.EVENTS));
    assertEquals(0, key.rowCount(UplinkMachine.WAITING));
  }

  @Test
  void receipt_forANumberNeverGiven_beginsANewLifeWithWhatIsHeld() {
    key.submit(report("a", ExecutionState.ACCEPTED, 0));
    key.submit(receipt(7, 1));
    key.submit(report("b", ExecutionState.SUCCEEDED, 0));
    key.submit(receipt(7, 50));
    assertEquals(99, head().getIncarnation());
    assertEquals(List.of(1L), seqs());
    assertEquals(99, events().get(0).getIncarnation());
    assertEquals("b", events().get(0).getReport().getExecution());
    assertEquals(
        99, key.sent(Machines.AUDIT, AuditEvent.parser()).get(0).getRestart().getIncarnation());
  }

  @Test
  void report_wakesThePublisher() {
    key.submit(report("a", ExecutionState.ACCEPTED, 0));
    assertTrue(key.take(Machines.EFFECT_UPLINK_WAKE).size() == 1);
  }

  @Test
  void receipt_ofTheLastAgain_changesNothing() {
    key.submit(report("a", ExecutionState.ACCEPTED, 0));
    key.submit(receipt(7, 1));
    assertEquals(1, head().getReceiptSeq());
    key.submit(receipt(7, 0));
    assertEquals(1, head().getReceiptSeq());
    assertEquals(7, head().getIncarnation());
  }

  @Test
  void progress_isFreeOnlyWithTheReceiptOfItsOwnNumber() {
    key.submit(report("z", ExecutionState.ACCEPTED, 0));
    key.submit(report("a", ExecutionState.RUNNING, 1));
    key.submit(report("a", ExecutionState.RUNNING, 2));
    key.owed.clear();
    key.submit(receipt(7, 1));
    assertEquals(List.of(2L), seqs());
    assertTrue(key.owed.isEmpty());
    key.submit(report("b", ExecutionState.ACCEPTED, 0));
    key.owed.clear();
    key.submit(receipt(7, 2));
    assertEquals(List.of(3L, 4L), seqs());
    assertEquals(1, key.take(Machines.EFFECT_UPLINK_WAKE).size());
    key.submit(report("a", ExecutionState.RUNNING, 3));
    key.submit(receipt(7, 3));
    assertEquals(List.of(4L), seqs());
    key.submit(receipt(7, 4));
    assertEquals(List.of(5L), seqs());
    assertEquals(3, events().get(0).getReport().getProgressPermille());
  }

  @Test
  void waits_lastingWithoutReceipts_keepOneNumberedAndTheNewest() {
    key.submit(waits(WaitReason.WAITS_FOR_MAINS));
    key.submit(waits(WaitReason.WAITS_FOR_OWNER));
    key.submit(waits(WaitReason.WAITS_FOR_IDLE));
    assertEquals(List.of(1L), seqs());
    key.submit(receipt(7, 1));
    assertEquals(WaitReason.WAITS_FOR_IDLE, events().get(0).getReport().getWaitsFor());
  }

  @Test
  void restart_fromTheAudit_numbersWhatIsHeldAnewAndSendsIt() {
    key.submit(enrolled(8));
    key.submit(report("a", ExecutionState.ACCEPTED, 0));
    key.submit(receipt(7, 1));
    key.submit(report("b", ExecutionState.RUNNING, 1));
    key.submit(report("b", ExecutionState.RUNNING, 2));
    key.owed.clear();
    key.submit(restart(50));
    assertEquals(50, head().getIncarnation());
    assertEquals(8, head().getEnrolledIncarnation());
    assertEquals(List.of(1L), seqs());
    assertEquals(1, key.take(Machines.EFFECT_UPLINK_WAKE).size());
    assertTrue(key.sent(Machines.AUDIT, AuditEvent.parser()).isEmpty());
    key.submit(receipt(50, 1));
    assertEquals(List.of(2L), seqs());
    assertEquals(2, events().get(0).getReport().getProgressPermille());
  }

  @Test
  void restart_keepsProgressBehindItsNewNumber() {
    key.submit(report("a", ExecutionState.ACCEPTED, 0));
    key.submit(report("b", ExecutionState.RUNNING, 1));
    key.submit(report("b", ExecutionState.RUNNING, 2));
    key.submit(restart(50));
    key.submit(receipt(50, 1));
    assertEquals(List.of(2L), seqs());
    key.submit(receipt(50, 2));
    assertEquals(List.of(3L), seqs());
  }

  @Test
  void restart_intoTheSameLife_changesNothing() {
    key.submit(report("a", ExecutionState.ACCEPTED, 0));
    key.submit(receipt(7, 1));
    key.submit(report("b", ExecutionState.ACCEPTED, 0));
    key.submit(restart(7));
    assertEquals(List.of(2L), seqs());
  }

  private List<DeviceEvent> events() {
    return key.scan(UplinkMachine.EVENTS, 100).stream()
        .map(row -> OneKey.parse(DeviceEvent.parser(), row.value()))
        .toList();
  }

  private List<Long> seqs() {
    return events().stream().map(DeviceEvent::getSeq).toList();
  }

  private UplinkHead head() {
    return Machines.row(
        key, UplinkMachine.HEAD, UplinkHead.parser(), UplinkHead.getDefaultInstance());
  }

  private static UplinkEvent life(long incarnation) {
    return UplinkEvent.newBuilder()
        .setBegin(NewLife.newBuilder().setIncarnation(incarnation))
        .build();
  }

  private static UplinkEvent enrolled(long incarnation) {
    return UplinkEvent.newBuilder()
        .setBegin(NewLife.newBuilder().setIncarnation(incarnation).setDevice("node-a"))
        .build();
  }

  private static UplinkEvent restart(long incarnation) {
    return UplinkEvent.newBuilder()
        .setRestart(NewLife.newBuilder().setIncarnation(incarnation))
        .build();
  }

  private static UplinkEvent waits(WaitReason reason) {
    UplinkEvent.Builder event = report("a", ExecutionState.ACCEPTED, 0).toBuilder();
    event.getReportBuilder().setWaitsFor(reason);
    return event.build();
  }

  private static UplinkEvent report(String execution, ExecutionState state, int permille) {
    return UplinkEvent.newBuilder()
        .setReport(
            ExecutionReport.newBuilder()
                .setExecution(execution)
                .setAttempt(1)
                .setState(state)
                .setProgressPermille(permille))
        .build();
  }

  private static UplinkEvent receipt(long incarnation, long seq) {
    return UplinkEvent.newBuilder()
        .setReceipt(
            UplinkReceipt.newBuilder()
                .setFreshIncarnation(99)
                .setReceipt(EventReceipt.newBuilder().setIncarnation(incarnation).setSeq(seq)))
        .build();
  }
}
