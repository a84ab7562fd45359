package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.drover.agent.core.DownlinkMachine.Outcome;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.DownlinkEvent;
import dev.drover.agent.v1.DownlinkRow;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.machine.Step;
import dev.drover.v1.AskTask;
import dev.drover.v1.Command;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Lease;
import dev.drover.v1.LeaseRevocation;
import dev.drover.v1.RecordKind;
import dev.drover.v1.Task;
import dev.drover.v1.Window;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class DownlinkMachineTest {
  private static final long T = 1_000_000;

  private final OneKey<DownlinkEvent> key = new OneKey<>(new DownlinkMachine(), "downlink", T);

  @Test
  void commands_inOrder_areAcceptedAndHandedOn() {
    assertEquals(Outcome.ACCEPTED, submit(ask(1, 1)));
    assertEquals(Outcome.ACCEPTED, submit(ask(1, 2)));
    assertEquals(2, key.sent(Machines.RUN, RunEvent.parser()).size());
    assertEquals(2, mark().getMark().getSeq());
  }

  @Test
  void command_repeated_isAcknowledgedAndDoesNothing() {
    submit(ask(1, 1));
    key.owed.clear();
    assertEquals(Outcome.REPEATED, submit(ask(1, 1)));
    assertEquals(1, key.take(Machines.EFFECT_ACK).size());
    assertTrue(key.owed.isEmpty());
  }

  @Test
  void command_afterAGap_isNotAccepted() {
    submit(ask(1, 1));
    key.owed.clear();
    assertEquals(Outcome.GAP, submit(ask(1, 3)));
    assertEquals(1, key.take(Machines.EFFECT_GAP).size());
    assertEquals(1, mark().getMark().getSeq());
  }

  @Test
  void command_lowerEpoch_isRefusedAndRecorded() {
    submit(ask(5, 1));
    key.owed.clear();
    assertEquals(Outcome.REPLAYED, submit(ask(4, 2)));
    AuditRecord record = records().get(0);
    assertEquals(RecordKind.COMMAND_REFUSED, record.getKind());
    assertEquals(ErrorCode.LEASE_REPLAYED.number(), record.getCommand().getError());
    assertEquals(5, mark().getMark().getHubEpoch());
  }

  @Test
  void command_newEpoch_beginsWithOne() {
    submit(ask(1, 1));
    submit(ask(1, 2));
    assertEquals(Outcome.GAP, submit(ask(2, 3)));
    assertEquals(Outcome.ACCEPTED, submit(ask(2, 1)));
    assertEquals(2, mark().getMark().getHubEpoch());
  }

  @Test
  void lease_expired_isSeenAndReported() {
    assertEquals(Outcome.EXPIRED, submit(ask(1, 1), T + 50_001));
    assertEquals(1, mark().getMark().getSeq());
    ExecutionReport report = key.sent(Machines.UPLINK, UplinkEvent.parser()).get(0).getReport();
    assertEquals(ExecutionState.REJECTED, report.getState());
    assertEquals(ErrorCode.LEASE_EXPIRED.number(), report.getError());
    assertTrue(key.sent(Machines.RUN, RunEvent.parser()).isEmpty());
  }

  @Test
  void lease_engineTimeFarAhead_isJudgedByTheBestTimeKnown() {
    key.nowMs = T + 1_000_000_000_000L;
    assertEquals(Outcome.ACCEPTED, submit(ask(1, 1), T + 49_999));
    RunEvent offer = key.sent(Machines.RUN, RunEvent.parser()).get(0);
    assertEquals(49_999 - 1_000_000_000_000L, offer.getOffer().getAheadMs());
    assertEquals(Outcome.EXPIRED, submit(ask(1, 2), T + 50_001));
  }

  @Test
  void lease_ofAnInstallation_goesToInstall() {
    Command.Builder command = ask(1, 1).toBuilder();
    command
        .getLeaseBuilder()
        .setTask(Task.newBuilder().setInstall(InstallTask.getDefaultInstance()));
    submit(command.build());
    assertEquals(1, key.sent(Machines.INSTALL, InstallEvent.parser()).size());
  }

  @Test
  void revocation_goesToBothAndStopsWhatRuns() {
    Command command =
        ask(1, 1).toBuilder()
            .setRevocation(LeaseRevocation.newBuilder().setExecution("e1").setStopRunning(true))
            .build();
    submit(command);
    assertEquals(1, key.sent(Machines.INSTALL, InstallEvent.parser()).size());
    assertEquals(1, key.sent(Machines.RUN, RunEvent.parser()).size());
    assertEquals("e1", key.take(Machines.EFFECT_CANCEL_RUN).get(0).target());
  }

  @Test
  void lease_withoutAUsableExecution_isSeenAndDropped() {
    Command.Builder command = ask(1, 1).toBuilder();
    command.getLeaseBuilder().setExecution("../e");
    assertEquals(Outcome.MALFORMED, submit(command.build()));
    assertEquals(1, mark().getMark().getSeq());
    assertTrue(key.sent(Machines.RUN, RunEvent.parser()).isEmpty());
  }

  @Test
  void lease_withWhatOnlyANewerHubKnows_isRejectedAndNotRun() {
    UnknownFieldSet newer =
        UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    Command.Builder condition = ask(1, 1).toBuilder();
    condition.getLeaseBuilder().getConditionsBuilder().setUnknownFields(newer);
    assertEquals(Outcome.TOO_NEW, submit(condition.build()));
    Command.Builder mode = ask(1, 2).toBuilder();
    mode.getLeaseBuilder().getTaskBuilder().getAskBuilder().setModeValue(99);
    assertEquals(Outcome.TOO_NEW, submit(mode.build()));

    assertTrue(key.sent(Machines.RUN, RunEvent.parser()).isEmpty());
    List<ExecutionReport> reports =
        key.sent(Machines.UPLINK, UplinkEvent.parser()).stream()
            .map(UplinkEvent::getReport)
            .toList();
    assertEquals(2, reports.size());
    assertEquals(ExecutionState.REJECTED, reports.get(0).getState());
    assertEquals(ErrorCode.PEER_TOO_NEW.number(), reports.get(0).getError());
    assertEquals(2, mark().getMark().getSeq());
    // Beside the lease nothing is lost by not knowing it.
    assertEquals(Outcome.ACCEPTED, submit(ask(1, 3).toBuilder().setUnknownFields(newer).build()));
  }

  @Test
  void lease_atItsLastMomentOrThatOfItsCommand_isExpired() {
    assertEquals(Outcome.EXPIRED, submit(ask(1, 1), T + 50_000));
    Command shorter = ask(1, 2).toBuilder().setExpiresMs(T + 40_000).build();
    assertEquals(Outcome.EXPIRED, submit(shorter, T + 40_000));
    assertEquals(Outcome.ACCEPTED, submit(ask(1, 3), T + 49_999));
  }

  @Test
  void lease_ofAnAttemptOutsideOneTo100_isAcknowledgedAndDropped() {
    submit(attempt(1, 100));
    assertEquals(100, offers().get(0).getOffer().getLease().getAttempt());
    key.owed.clear();
    assertEquals(Outcome.MALFORMED, submit(attempt(2, 101)));
    assertEquals(Outcome.MALFORMED, submit(attempt(3, 0)));
    assertEquals(2, key.take(Machines.EFFECT_ACK).size());
    assertTrue(offers().isEmpty());
  }

  @Test
  void lease_withWindows_isHandedOnOnlyIfTheyCanOpen() {
    Window night = Window.newBuilder().setCron("30 3 * * *").setDurationMinutes(60).build();
    Command.Builder command = ask(1, 1).toBuilder();
    command.getLeaseBuilder().addWindows(night);
    assertEquals(Outcome.ACCEPTED, submit(command.build()));
    assertEquals(List.of(night), offers().get(0).getOffer().getLease().getWindowsList());
    Command.Builder never = ask(1, 2).toBuilder();
    never.getLeaseBuilder().addWindows(night.toBuilder().setCron("never"));
    assertEquals(Outcome.MALFORMED, submit(never.build()));
    assertTrue(offers().isEmpty());
    assertEquals(ErrorCode.INVALID_ARGUMENT.number(), rejection().getError());
  }

  @Test
  void lease_withoutATask_isRejected() {
    Command.Builder command = ask(1, 1).toBuilder();
    command.getLeaseBuilder().clearTask();
    assertEquals(Outcome.MALFORMED, submit(command.build()));
    assertEquals(ErrorCode.INVALID_ARGUMENT.number(), rejection().getError());
    AuditRecord record = records().get(0);
    assertEquals(RecordKind.COMMAND_REFUSED, record.getKind());
    assertEquals(ErrorCode.MESSAGE_MALFORMED.number(), record.getCommand().getError());
  }

  @Test
  void lease_isRecordedWithItsTaskAndExecution() {
    submit(ask(1, 1));
    AuditRecord record = records().get(0);
    assertEquals(RecordKind.COMMAND_ACCEPTED, record.getKind());
    assertEquals("ASK", record.getCommand().getKind());
    assertEquals("e1", record.getCommand().getExecution());
  }

  @Test
  void revocation_isAcknowledgedAndRecorded() {
    assertEquals(Outcome.ACCEPTED, submit(revocation(1, "e9")));
    assertEquals(1, key.take(Machines.EFFECT_ACK).size());
    assertTrue(key.take(Machines.EFFECT_CANCEL_RUN).isEmpty());
    AuditRecord record = records().get(0);
    assertEquals("REVOCATION", record.getCommand().getKind());
    assertEquals("e9", record.getCommand().getExecution());
  }

  @Test
  void revocation_ofNoUsableExecution_isAcknowledgedAndDropped() {
    assertEquals(Outcome.MALFORMED, submit(revocation(1, "../e")));
    assertEquals(1, key.take(Machines.EFFECT_ACK).size());
    assertTrue(key.sent(Machines.RUN, RunEvent.parser()).isEmpty());
    assertTrue(key.sent(Machines.INSTALL, InstallEvent.parser()).isEmpty());
  }

  @Test
  void config_isAcknowledgedAndKept() {
    ConfigCommand config =
        ConfigCommand.newBuilder().setVersion(3).putValues("runtime.threads", "2").build();
    assertEquals(Outcome.ACCEPTED, submit(config(1, config)));
    assertEquals(1, key.take(Machines.EFFECT_ACK).size());
    assertEquals(
        config,
        OneKey.parse(ConfigCommand.parser(), key.take(Machines.EFFECT_CONFIG).get(0).payload()));
  }

  @Test
  void config_withWhatIsNoKey_isAcknowledgedAndDropped() {
    ConfigCommand config = ConfigCommand.newBuilder().putValues("No Key", "2").build();
    assertEquals(Outcome.MALFORMED, submit(config(1, config)));
    assertEquals(1, key.take(Machines.EFFECT_ACK).size());
    assertTrue(key.take(Machines.EFFECT_CONFIG).isEmpty());
  }

  @Test
  void command_thatSaysNothing_isAcknowledgedAndDropped() {
    assertEquals(Outcome.MALFORMED, submit(ask(1, 1).toBuilder().clearLease().build()));
    assertEquals(1, key.take(Machines.EFFECT_ACK).size());
    assertEquals(1, mark().getMark().getSeq());
  }

  private List<RunEvent> offers() {
    return key.sent(Machines.RUN, RunEvent.parser());
  }

  private ExecutionReport rejection() {
    ExecutionReport report = key.sent(Machines.UPLINK, UplinkEvent.parser()).get(0).getReport();
    assertEquals(ExecutionState.REJECTED, report.getState());
    return report;
  }

  private Outcome submit(Command command) {
    return submit(command, T);
  }

  private Outcome submit(Command command, long trustedMs) {
    DownlinkEvent event =
        DownlinkEvent.newBuilder()
            .setCommand(command)
            .setTrustedMs(trustedMs)
            .setBootId("b")
            .setAuditKey(ByteString.copyFrom(new byte[32]))
            .build();
    Step step = key.submit(event);
    byte[] reply = step.reply();
    return Outcome.valueOf(new String(reply == null ? new byte[0] : reply, StandardCharsets.UTF_8));
  }

  private List<AuditRecord> records() {
    return key.sent(Machines.AUDIT, AuditEvent.parser()).stream()
        .map(e -> OneKey.parse(AuditRecord.parser(), e.getAppend().getRecord().toByteArray()))
        .toList();
  }

  private DownlinkRow mark() {
    return Machines.row(
        key, DownlinkMachine.ROW, DownlinkRow.parser(), DownlinkRow.getDefaultInstance());
  }

  private static Command attempt(long seq, int attempt) {
    Command.Builder command = ask(1, seq).toBuilder();
    command.getLeaseBuilder().setAttempt(attempt);
    return command.build();
  }

  private static Command revocation(long seq, String execution) {
    return ask(1, seq).toBuilder()
        .setRevocation(LeaseRevocation.newBuilder().setExecution(execution))
        .build();
  }

  private static Command config(long seq, ConfigCommand config) {
    return ask(1, seq).toBuilder().setConfig(config).build();
  }

  private static Command ask(long epoch, long seq) {
    return Command.newBuilder()
        .setHubEpoch(epoch)
        .setSeq(seq)
        .setIssuedMs(T)
        .setExpiresMs(T + 60_000)
        .setLease(
            Lease.newBuilder()
                .setExecution("e" + seq)
                .setAttempt(1)
                .setExpiresMs(T + 50_000)
                .setDeadlineMs(T + 90_000)
                .setTask(Task.newBuilder().setAsk(AskTask.getDefaultInstance())))
        .build();
  }
}
