package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.agent.v1.AuditAppend;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.AuditHead;
import dev.drover.agent.v1.AuditReceived;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.NewLife;
import dev.drover.agent.v1.RefusalDetails;
import dev.drover.agent.v1.StartDetails;
import dev.drover.agent.v1.StoredRecord;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.crypto.Hashes;
import dev.drover.envelope.AuditAuth;
import dev.drover.machine.Row;
import dev.drover.machine.Step;
import dev.drover.v1.AuditReceipt;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.RecordKind;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuditMachineTest {
  private final OneKey<AuditEvent> key = new OneKey<>(new AuditMachine(), "audit", 5000);

  @BeforeEach
  void begin() {
    key.submit(AuditEvent.newBuilder().setBegin(NewLife.newBuilder().setIncarnation(7)).build());
  }

  @Test
  void record_bytesAndCommitment_arePinned() {
    AuditRecord record =
        AuditRecord.newBuilder()
            .setTimeMs(1_763_715_600_000L)
            .setKind(RecordKind.AGENT_STARTED)
            .setStart(StartDetails.newBuilder().setVersion("0.1.0").setBootId("b").setStarts(3))
            .build();
    assertEquals(
        "08809d91adaa3310011a0c0a05302e312e301201621803", Hashes.hex(record.toByteArray()));
    byte[] sequence = new byte[32];
    for (int i = 0; i < sequence.length; i++) {
      sequence[i] = (byte) i;
    }
    assertEquals(
        "a202c74fb1d193807807c70f8de45bff54a38c15fbb85ac42ec48693a82edd7d",
        Hashes.hex(AuditMachine.commitment(sequence, record.toByteArray())));
  }

  @Test
  void append_repliesTheCommitmentAndKeepsRecordAndKey() {
    Step step = append(1);
    StoredRecord stored =
        OneKey.parse(StoredRecord.parser(), key.scan(AuditMachine.RECORDS, 1).get(0).value());
    assertArrayEquals(
        step.reply(),
        AuditMachine.commitment(stored.getKey().toByteArray(), stored.getRecord().toByteArray()));
  }

  @Test
  void batch_fullOrASecondOld_isClosedAndChained() {
    for (int i = 0; i < AuditMachine.RECORDS_PER_BATCH_MAX + 3; i++) {
      append(i);
    }
    assertEquals(1, batches().size());
    key.advance(AuditMachine.OPEN_MS_MAX);
    List<BatchStatement> batches = batches();
    assertEquals(2, batches.size());
    assertEquals(64, batches.get(0).getCommitmentsCount());
    assertEquals(64, batches.get(1).getFirstSeq());
    assertEquals(3, batches.get(1).getCommitmentsCount());
    assertEquals(3, batches.get(1).getCounts(0).getCount());
    assertTrue(batches.get(0).getPreviousSha256().isEmpty());
    assertEquals(
        Hashes.hex(Hashes.sha256(batches.get(0).toByteArray())),
        Hashes.hex(batches.get(1).getPreviousSha256().toByteArray()));
    assertEquals(2, key.take(Machines.EFFECT_AUDIT_WAKE).size());
  }

  @Test
  void receipt_forgetsWhatIsDurableElsewhere() {
    closeOne();
    closeOne();
    key.submit(receipt(7, 1));
    assertEquals(1, batches().size());
    assertEquals(1, batches().get(0).getBatch());
    key.submit(receipt(7, 1));
    key.submit(receipt(7, 2));
    assertEquals(0, batches().size());
  }

  @Test
  void receipt_forMoreThanWasEverMade_beginsANewLifeWithTheSameCommitments() {
    closeOne();
    closeOne();
    key.submit(receipt(7, 1));
    closeOne();
    ByteString held = batches().get(0).getCommitments(0);
    key.submit(receipt(7, 0));
    assertEquals(7, batches().get(0).getIncarnation());
    key.submit(receipt(7, 9));
    List<BatchStatement> batches = batches();
    assertEquals(2, batches.size());
    assertEquals(99, batches.get(0).getIncarnation());
    assertEquals(0, batches.get(0).getBatch());
    assertEquals(0, batches.get(0).getFirstSeq());
    assertEquals(held, batches.get(0).getCommitments(0));
    assertTrue(batches.get(0).getPreviousSha256().isEmpty());
    assertEquals(
        99, key.sent(Machines.UPLINK, UplinkEvent.parser()).get(0).getRestart().getIncarnation());
  }

  @Test
  void enrolment_namesTheStatementsMadeBefore() {
    closeOne();
    assertEquals("", batches().get(0).getDevice());
    NewLife named = NewLife.newBuilder().setIncarnation(8).setTenant("t").setDevice("d").build();
    key.submit(AuditEvent.newBuilder().setBegin(named).build());
    closeOne();
    assertEquals("d", batches().get(0).getDevice());
    assertEquals("t", batches().get(1).getTenant());
    assertEquals(7, batches().get(1).getIncarnation());
    assertEquals(
        Hashes.hex(Hashes.sha256(batches().get(0).toByteArray())),
        Hashes.hex(batches().get(1).getPreviousSha256().toByteArray()));
  }

  @Test
  void append_withoutAWholeKey_isRefused() {
    AuditEvent event =
        AuditEvent.newBuilder()
            .setAppend(AuditAppend.newBuilder().setKey(ByteString.copyFrom(new byte[31])))
            .build();
    assertThrows(DroverException.class, () -> key.submit(event));
  }

  @Test
  void append_keyOf32BytesAndRecordUpToItsLimit_isTaken() {
    AuditRecord largest = refusal(512 * 1024);
    assertEquals(512 * 1024, largest.getSerializedSize());
    key.submit(append(largest, new byte[32]));
    assertEquals(1, key.rowCount(AuditMachine.RECORDS));
    AuditEvent larger = append(refusal(512 * 1024 + 1), new byte[32]);
    DroverException refused = assertThrows(DroverException.class, () -> key.submit(larger));
    assertEquals(ErrorCode.LIMIT_EXCEEDED, refused.code());
    assertEquals(1, key.rowCount(AuditMachine.RECORDS));
  }

  @Test
  void statement_aboutTheLargestRecords_isAsSmallAsAboutOthers_andCanBeSent() {
    key.submit(named("t".repeat(63), "d".repeat(63)));
    List<RecordKind> kinds = List.of(RecordKind.values());
    AuditRecord largest = refusal(512 * 1024 - 16);
    for (int i = 0; i < AuditMachine.RECORDS_PER_BATCH_MAX; i++) {
      RecordKind kind = kinds.get(1 + i % (kinds.size() - 2));
      AuditRecord record = largest.toBuilder().setKind(kind).setTimeMs((1L << 53) - 1).build();
      key.submit(append(record, new byte[32]));
      // The records themselves stay on the device; the test needs its memory.
      key.put(AuditMachine.row(AuditMachine.RECORDS, i), StoredRecord.getDefaultInstance());
    }
    BatchStatement full = batches().get(0);
    assertEquals(AuditMachine.RECORDS_PER_BATCH_MAX, full.getCommitmentsCount());
    assertEquals(kinds.size() - 2, full.getCountsCount());
    AuditUpload upload = AuditAuth.sign(new byte[32], full);
    assertTrue(upload.getSerializedSize() < 3000, () -> "" + upload.getSerializedSize());
  }

  @Test
  void records_areKeptInTheirOrder() {
    append(1);
    append(2);
    assertEquals(
        List.of(AuditMachine.row("r/", 0), AuditMachine.row("r/", 1)),
        key.scan(AuditMachine.RECORDS, 9).stream().map(Row::name).toList());
  }

  @Test
  void batch_ofOneRecord_staysOpenForASecondFromItsFirst() {
    append(1);
    key.advance(AuditMachine.OPEN_MS_MAX - 1);
    append(2);
    assertEquals(0, batches().size());
    key.advance(1);
    assertEquals(2, batches().get(0).getCommitmentsCount());
    assertEquals(2, batches().get(0).getTimeMs());
  }

  @Test
  void restart_fromTheUplink_numbersWhatIsHeldAnewAndSendsIt() {
    closeOne();
    key.submit(receipt(7, 1));
    closeOne();
    key.owed.clear();
    key.submit(restart(8));
    assertEquals(8, batches().get(0).getIncarnation());
    assertEquals(0, batches().get(0).getBatch());
    assertEquals(1, key.take(Machines.EFFECT_AUDIT_WAKE).size());
    assertTrue(key.sent(Machines.UPLINK, UplinkEvent.parser()).isEmpty());
    key.submit(restart(8));
    assertTrue(key.owed.isEmpty());
  }

  @Test
  void receipt_forMoreThanWasMadeButWithoutANewLife_isIgnored() {
    closeOne();
    AuditEvent.Builder event = receipt(7, 9).toBuilder();
    event.getReceiptBuilder().setFreshIncarnation(0);
    key.submit(event.build());
    assertEquals(7, batches().get(0).getIncarnation());
    assertTrue(key.sent(Machines.UPLINK, UplinkEvent.parser()).isEmpty());
  }

  @Test
  void receipt_ofAnotherIncarnation_isIgnored() {
    closeOne();
    key.submit(receipt(6, 1));
    assertEquals(1, batches().size());
  }

  @Test
  void receipt_saysThatAnotherBatchIsInItsPlace_beginsANewLife() {
    closeOne();
    AuditEvent.Builder event = receipt(7, 1).toBuilder();
    event.getReceiptBuilder().getReceiptBuilder().setError(ErrorCode.SPLIT_VIEW.number());
    key.submit(event.build());
    assertEquals(99, batches().get(0).getIncarnation());
  }

  @Test
  void receipts_areCounted() {
    closeOne();
    closeOne();
    key.submit(receipt(7, 2));
    assertEquals(2, head().getReceipted());
    key.submit(receipt(7, 2));
    assertEquals(2, head().getReceipted());
  }

  @Test
  void begin_withTheSameNames_leavesTheChainAsItIs() {
    key.submit(named("t", "d"));
    closeOne();
    key.owed.clear();
    key.submit(named("t", "d"));
    key.submit(named("", ""));
    assertTrue(key.owed.isEmpty());
    assertEquals("d", batches().get(0).getDevice());
    key.submit(named("t2", "d"));
    assertEquals("t2", batches().get(0).getTenant());
    assertEquals(1, key.take(Machines.EFFECT_AUDIT_WAKE).size());
  }

  @Test
  void batches_beforeEnrolment_areBounded() {
    for (int i = 0; i < 2000; i++) {
      closeOne();
    }
    assertEquals(2000, key.rowCount(AuditMachine.BATCHES));
    closeOne();
    assertEquals(2000, key.rowCount(AuditMachine.BATCHES));
    assertEquals(1, batches().get(0).getBatch());
    closeOne();
    assertEquals(2, batches().get(0).getBatch());
    assertEquals(2002, key.rowCount(AuditMachine.RECORDS));
  }

  @Test
  void batches_ofAnEnrolledDevice_areAllKept() {
    key.submit(named("t", "d"));
    for (int i = 0; i < 2002; i++) {
      closeOne();
    }
    assertEquals(2002, key.rowCount(AuditMachine.BATCHES));
  }

  @Test
  void records_beyondTheMost_loseTheOldest() {
    append(1);
    append(2);
    append(3);
    AuditHead full = head().toBuilder().setNextRow(AuditMachine.RECORDS_KEPT_MAX - 1).build();
    key.put(AuditMachine.HEAD, full);
    append(4);
    assertEquals(AuditMachine.row("r/", 0), oldest());
    append(5);
    assertEquals(AuditMachine.row("r/", 1), oldest());
    append(6);
    assertEquals(AuditMachine.row("r/", 2), oldest());
  }

  private void closeOne() {
    append(1);
    key.advance(AuditMachine.OPEN_MS_MAX);
  }

  private Step append(int number) {
    AuditRecord record =
        AuditRecord.newBuilder().setTimeMs(number).setKind(RecordKind.TOOL_CALLED).build();
    byte[] random = new byte[32];
    Arrays.fill(random, (byte) number);
    return key.submit(append(record, random));
  }

  private String oldest() {
    return key.scan(AuditMachine.RECORDS, 1).get(0).name();
  }

  private AuditHead head() {
    return Machines.row(key, AuditMachine.HEAD, AuditHead.parser(), AuditHead.getDefaultInstance());
  }

  /** Returns a record that has this many bytes. */
  private static AuditRecord refusal(int bytes) {
    AuditRecord.Builder record = AuditRecord.newBuilder();
    int length = bytes;
    do {
      record.setRefusal(RefusalDetails.newBuilder().setWhat("x".repeat(length)));
      length--;
    } while (record.build().getSerializedSize() > bytes);
    return record.build();
  }

  private static AuditEvent append(AuditRecord record, byte[] random) {
    return AuditEvent.newBuilder()
        .setAppend(
            AuditAppend.newBuilder()
                .setRecord(record.toByteString())
                .setKey(ByteString.copyFrom(random)))
        .build();
  }

  private static AuditEvent named(String tenant, String device) {
    return AuditEvent.newBuilder()
        .setBegin(NewLife.newBuilder().setIncarnation(8).setTenant(tenant).setDevice(device))
        .build();
  }

  private static AuditEvent restart(long incarnation) {
    return AuditEvent.newBuilder()
        .setRestart(NewLife.newBuilder().setIncarnation(incarnation))
        .build();
  }

  private List<BatchStatement> batches() {
    return key.scan(AuditMachine.BATCHES, 100).stream()
        .map(row -> OneKey.parse(BatchStatement.parser(), row.value()))
        .toList();
  }

  private static AuditEvent receipt(long incarnation, long next) {
    return AuditEvent.newBuilder()
        .setReceipt(
            AuditReceived.newBuilder()
                .setFreshIncarnation(99)
                .setReceipt(
                    AuditReceipt.newBuilder().setIncarnation(incarnation).setNextBatch(next)))
        .build();
  }
}
