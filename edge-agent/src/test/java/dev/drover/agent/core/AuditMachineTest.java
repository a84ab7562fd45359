package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.agent.v1.AuditAppend;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.AuditReceived;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.NewLife;
import dev.drover.agent.v1.StartDetails;
import dev.drover.agent.v1.StoredRecord;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.crypto.Hashes;
import dev.drover.machine.Step;
import dev.drover.v1.AuditReceipt;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.RecordKind;
import dev.drover.wire.DroverException;
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

  private void closeOne() {
    append(1);
    key.advance(AuditMachine.OPEN_MS_MAX);
  }

  private Step append(int number) {
    AuditRecord record =
        AuditRecord.newBuilder().setTimeMs(number).setKind(RecordKind.TOOL_CALLED).build();
    byte[] random = new byte[32];
    Arrays.fill(random, (byte) number);
    return key.submit(
        AuditEvent.newBuilder()
            .setAppend(
                AuditAppend.newBuilder()
                    .setRecord(record.toByteString())
                    .setKey(ByteString.copyFrom(random)))
            .build());
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
