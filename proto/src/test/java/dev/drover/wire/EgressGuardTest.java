package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.ChunkWant;
import dev.drover.v1.Command;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.EventEnvelope;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.FieldValue;
import dev.drover.v1.Heartbeat;
import org.junit.jupiter.api.Test;

class EgressGuardTest {
  private static DeviceEvent report(ExecutionReport.Builder report) {
    return DeviceEvent.newBuilder().setIncarnation(-5).setSeq(1).setReport(report).build();
  }

  private static void assertRefused(Message message, String field) {
    DroverException refused = assertThrows(DroverException.class, () -> EgressGuard.check(message));
    assertEquals(ErrorCode.EGRESS_REFUSED, refused.code());
    assertEquals(true, String.valueOf(refused.getMessage()).contains(field), refused.getMessage());
  }

  @Test
  void check_declaredFieldsInRange_pass() {
    ExecutionReport.Builder report =
        ExecutionReport.newBuilder()
            .setExecution("job-1.node-a")
            .setAttempt(1)
            .setState(ExecutionState.SUCCEEDED)
            .setRecord(ByteString.copyFrom(new byte[32]))
            .addFields(FieldValue.newBuilder().setProperty(0).setChoice(2));
    assertDoesNotThrow(() -> EgressGuard.check(report(report)));
  }

  @Test
  void check_textInIdentifier_isRefused() {
    assertRefused(
        report(ExecutionReport.newBuilder().setExecution("The patient said")), "execution");
  }

  @Test
  void check_numberOutsideRange_isRefused() {
    assertRefused(report(ExecutionReport.newBuilder().setProgressPermille(1001)), "progress");
    assertRefused(
        DeviceEvent.newBuilder()
            .setHeartbeat(
                Heartbeat.newBuilder()
                    .setHealth(DeviceHealth.newBuilder().setTemperatureMillicelsius(-100_001)))
            .build(),
        "temperature");
    assertRefused(DeviceEvent.newBuilder().setSeq(-1).build(), "seq");
  }

  @Test
  void check_unknownEnumValue_isRefused() {
    assertRefused(report(ExecutionReport.newBuilder().setStateValue(77)), "state");
  }

  @Test
  void check_commitmentOfWrongLength_isRefused() {
    assertRefused(
        report(ExecutionReport.newBuilder().setRecord(ByteString.copyFrom(new byte[31]))),
        "record");
  }

  @Test
  void check_tooManyElements_isRefused() {
    ChunkWant.Builder want = ChunkWant.newBuilder();
    for (int i = 0; i <= 64; i++) {
      want.addSha256(ByteString.copyFrom(new byte[32]));
    }
    assertRefused(DeviceEvent.newBuilder().setWant(want).build(), "sha256");
  }

  @Test
  void check_unknownField_isRefused() {
    UnknownFieldSet secret =
        UnknownFieldSet.newBuilder()
            .addField(
                900,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFromUtf8("secret"))
                    .build())
            .build();
    assertRefused(DeviceEvent.newBuilder().setUnknownFields(secret).build(), "DeviceEvent");
  }

  @Test
  void check_nestedBytes_areParsedAndChecked() {
    BatchStatement bad = BatchStatement.newBuilder().setDevice("Not An Id").build();
    assertRefused(AuditUpload.newBuilder().setStatement(bad.toByteString()).build(), "device");
    assertRefused(
        EventEnvelope.newBuilder().setEvent(ByteString.copyFromUtf8("free text")).build(), "event");
    BatchStatement good =
        BatchStatement.newBuilder().setTenant("default").setDevice("node-a").build();
    assertDoesNotThrow(
        () ->
            EgressGuard.check(AuditUpload.newBuilder().setStatement(good.toByteString()).build()));
  }

  @Test
  void check_messageOfTheHub_isRefused() {
    assertRefused(Command.newBuilder().setTenant("default").build(), "tenant");
  }

  @Test
  void wellDeclared_freeTextOfTheHub_isNot() {
    assertFalse(EgressGuard.isWellDeclared(Command.getDescriptor().findFieldByName("tenant")));
  }
}
