package dev.drover.envelope;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.crypto.Ed25519;
import dev.drover.testkit.LargestBatch;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.Command;
import dev.drover.v1.CommandEnvelope;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.HubRecord;
import dev.drover.v1.HubStatement;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class EnvelopeTest {
  private static final byte[] SEED = seed(1);
  private static final byte[] PUBLIC = Ed25519.publicKey(SEED);

  private static byte[] seed(int fill) {
    byte[] seed = new byte[32];
    Arrays.fill(seed, (byte) fill);
    return seed;
  }

  private static ErrorCode codeOf(Executable call) {
    return assertThrows(DroverException.class, call).code();
  }

  private static DeviceEvent event() {
    return DeviceEvent.newBuilder()
        .setIncarnation(7)
        .setSeq(1)
        .setReport(ExecutionReport.newBuilder().setExecution("j1-0"))
        .build();
  }

  private static List<Command> commands(int count) {
    List<Command> commands = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      commands.add(
          Command.newBuilder()
              .setTenant("default")
              .setDevice("node-" + i)
              .setSeq(i + 1L)
              .setEventReceipt(EventReceipt.newBuilder().setSeq(i))
              .build());
    }
    return commands;
  }

  @Test
  void event_sealedAndOpened_isTheSame() {
    byte[] key = EventAuth.linkKey(seed(2), "default", "node-a", "0a");
    byte[] sealed = EventAuth.seal(key, "default", "node-a", event());
    assertEquals(event(), EventAuth.open(key, "default", "node-a", sealed));
  }

  @Test
  void event_ofAnotherDeviceOrKey_isRefused() {
    byte[] key = EventAuth.linkKey(seed(2), "default", "node-a", "0a");
    byte[] sealed = EventAuth.seal(key, "default", "node-a", event());
    byte[] renewed = EventAuth.linkKey(seed(2), "default", "node-a", "0b");
    assertEquals(
        ErrorCode.SIGNATURE_INVALID,
        codeOf(() -> EventAuth.open(key, "default", "node-b", sealed)));
    assertEquals(
        ErrorCode.SIGNATURE_INVALID, codeOf(() -> EventAuth.open(key, "other", "node-a", sealed)));
    assertEquals(
        ErrorCode.SIGNATURE_INVALID,
        codeOf(() -> EventAuth.open(renewed, "default", "node-a", sealed)));
  }

  @Test
  void event_everyFlippedByte_isRefused() {
    byte[] key = EventAuth.linkKey(seed(2), "default", "node-a", "0a");
    byte[] sealed = EventAuth.seal(key, "default", "node-a", event());
    for (int i = 0; i < sealed.length; i++) {
      byte[] bad = sealed.clone();
      bad[i] ^= 1;
      assertThrows(DroverException.class, () -> EventAuth.open(key, "default", "node-a", bad));
    }
  }

  @Test
  void event_outOfClass_isNeverSealed() {
    DeviceEvent leak =
        event().toBuilder()
            .setReport(ExecutionReport.newBuilder().setExecution("What the note says"))
            .build();
    assertEquals(
        ErrorCode.EGRESS_REFUSED, codeOf(() -> EventAuth.seal(seed(2), "default", "node-a", leak)));
  }

  @Test
  void commands_ofEveryBatchSize_openForTheirDevice() {
    for (int count = 1; count <= 20; count++) {
      List<CommandEnvelope> envelopes = CommandAuth.sign(SEED, commands(count));
      for (int i = 0; i < count; i++) {
        byte[] payload = envelopes.get(i).toByteArray();
        assertEquals(
            commands(count).get(i), CommandAuth.open(PUBLIC, "default", "node-" + i, payload));
        String other = "node-" + (i + 1);
        assertEquals(
            ErrorCode.SIGNATURE_INVALID,
            codeOf(() -> CommandAuth.open(PUBLIC, "default", other, payload)));
      }
    }
  }

  @Test
  void command_everyFlippedByte_isRefused() {
    byte[] payload = CommandAuth.sign(SEED, commands(5)).get(3).toByteArray();
    for (int i = 0; i < payload.length; i++) {
      byte[] bad = payload.clone();
      bad[i] ^= 1;
      assertThrows(DroverException.class, () -> CommandAuth.open(PUBLIC, "default", "node-3", bad));
    }
  }

  @Test
  void command_ofAnotherHub_isRefused() {
    byte[] payload = CommandAuth.sign(seed(9), commands(1)).get(0).toByteArray();
    assertEquals(
        ErrorCode.SIGNATURE_INVALID,
        codeOf(() -> CommandAuth.open(PUBLIC, "default", "node-0", payload)));
  }

  @Test
  void audit_batchAndHubRecord_areCheckedUnderTheirOwnDomain()
      throws InvalidProtocolBufferException {
    BatchStatement batch =
        BatchStatement.newBuilder().setTenant("default").setDevice("node-a").build();
    AuditUpload upload = AuditAuth.sign(SEED, batch);
    assertEquals(batch, AuditAuth.check(PUBLIC, upload));
    HubStatement statement = HubStatement.newBuilder().setOperator("ana").build();
    HubRecord record = AuditAuth.sign(SEED, statement);
    assertEquals(statement, AuditAuth.check(PUBLIC, record));
    HubRecord crossed =
        HubRecord.newBuilder()
            .setStatement(upload.getStatement())
            .setSignature(upload.getSignature())
            .build();
    assertEquals(ErrorCode.SIGNATURE_INVALID, codeOf(() -> AuditAuth.check(PUBLIC, crossed)));
    AuditUpload tampered =
        upload.toBuilder().setSignature(ByteString.copyFrom(new byte[64])).build();
    assertEquals(ErrorCode.SIGNATURE_INVALID, codeOf(() -> AuditAuth.check(PUBLIC, tampered)));
  }

  @Test
  void linkKey_isDeterministicAndSeparatesItsParts() {
    assertArrayEquals(
        EventAuth.linkKey(SEED, "a", "bc", "1"), EventAuth.linkKey(SEED, "a", "bc", "1"));
    assertEquals(
        false,
        Arrays.equals(
            EventAuth.linkKey(SEED, "a", "bc", "1"), EventAuth.linkKey(SEED, "ab", "c", "1")));
  }

  @Test
  void largestAuditBatch_fitsALeafOfTheLog_andOneRecordMoreIsRefused() {
    BatchStatement largest = LargestBatch.of(Limits.AUDIT_RECORDS_PER_BATCH_MAX).build();
    AuditUpload upload = AuditAuth.sign(SEED, largest);
    assertEquals(largest, AuditAuth.check(PUBLIC, upload));
    int leafBytes = AuditLeaf.newBuilder().setDevice(upload).build().getSerializedSize();
    assertTrue(leafBytes > 1024 * 32 && leafBytes <= Limits.AUDIT_LEAF_BYTES_MAX, "" + leafBytes);

    BatchStatement more = LargestBatch.of(Limits.AUDIT_RECORDS_PER_BATCH_MAX + 1).build();
    assertRefused(ErrorCode.EGRESS_REFUSED, () -> AuditAuth.sign(SEED, more));
  }
}
