package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.drover.hub.v1.Credentials;
import dev.drover.hub.v1.Desire;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.DeviceRow;
import dev.drover.hub.v1.DeviceSeen;
import dev.drover.hub.v1.Enrolled;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.HubStarted;
import dev.drover.hub.v1.Inbound;
import dev.drover.hub.v1.Invite;
import dev.drover.hub.v1.PresenceSeen;
import dev.drover.hub.v1.Relabel;
import dev.drover.hub.v1.Renewed;
import dev.drover.hub.v1.Revoke;
import dev.drover.hub.v1.SilenceCheck;
import dev.drover.machine.Step;
import dev.drover.v1.Command;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.Hello;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** A {@link DeviceMachine} with its rows, and what is said to it. */
abstract class DeviceFixture {
  static final long LIFE = 77;
  static final long NOW = 1_000_000;
  final DeviceMachine machine = new DeviceMachine();
  final MapRows rows = new MapRows("acme|cam-1");

  Step send(DeviceEnvelope.Builder event, long nowMs) {
    return rows.step(machine, event.build().toByteArray(), nowMs);
  }

  Step say(DeviceEvent.Builder event, long nowMs) {
    Inbound inbound = Inbound.newBuilder().setEvent(event).setNextBatch(5).build();
    return send(DeviceEnvelope.newBuilder().setInbound(inbound), nowMs);
  }

  static DeviceEvent.Builder event(long life, long seq, long timeMs) {
    return DeviceEvent.newBuilder().setIncarnation(life).setSeq(seq).setTimeMs(timeMs);
  }

  static DeviceEvent.Builder hello(long life, long timeMs) {
    return event(life, 0, timeMs).setHello(Hello.newBuilder().setStarts(1));
  }

  static DeviceEvent.Builder report(long seq) {
    ExecutionReport report =
        ExecutionReport.newBuilder()
            .setExecution("j1-1")
            .setAttempt(1)
            .setState(ExecutionState.RUNNING)
            .build();
    return event(LIFE, seq, NOW).setReport(report);
  }

  void bring(DeviceMachine.State state) {
    if (state == DeviceMachine.State.UNKNOWN) {
      return;
    }
    send(of(DeviceMachine.Event.INVITE), NOW);
    if (state == DeviceMachine.State.INVITED) {
      return;
    }
    send(of(DeviceMachine.Event.ENROL), NOW);
    switch (state) {
      case ONLINE -> say(hello(LIFE, NOW), NOW);
      case OFFLINE -> {
        say(hello(LIFE, NOW), NOW);
        send(of(DeviceMachine.Event.ABSENT), NOW);
      }
      case REVOKED -> send(of(DeviceMachine.Event.REVOKE), NOW);
      default -> {}
    }
    assertEquals(state, state());
  }

  DeviceMachine.State state() {
    return DeviceRows.stateOf(
        DeviceRows.row(rows).orElse(DeviceRow.getDefaultInstance()).getPhase());
  }

  static DeviceEnvelope.Builder of(DeviceMachine.Event event) {
    DeviceEnvelope.Builder envelope = DeviceEnvelope.newBuilder();
    Credentials credentials =
        Credentials.newBuilder().setSerial("a1").setBulkSerial("b1").setExpiresMs(9).build();
    return switch (event) {
      case INVITE -> envelope.setInvite(Invite.newBuilder().putLabels("site", "hall3"));
      case ENROL ->
          envelope.setEnrolled(
              Enrolled.newBuilder().setCredentials(credentials).setIncarnation(LIFE));
      case HELLO -> envelope.setInbound(Inbound.newBuilder().setEvent(hello(LIFE, NOW)));
      case EVENT ->
          envelope.setInbound(
              Inbound.newBuilder()
                  .setEvent(event(LIFE, 0, NOW).setHeartbeat(Heartbeat.getDefaultInstance())));
      case PRESENT ->
          envelope.setPresence(PresenceSeen.newBuilder().setOnline(true).setIncarnation(LIFE));
      case ABSENT -> envelope.setPresence(PresenceSeen.newBuilder().setIncarnation(LIFE));
      case HUB_STARTED -> envelope.setHubStarted(HubStarted.getDefaultInstance());
      case SILENCE -> envelope.setSilence(SilenceCheck.getDefaultInstance());
      case RENEW ->
          envelope.setRenewed(
              Renewed.newBuilder().setCredentials(credentials).setShownSerial("a1"));
      case RELABEL -> envelope.setRelabel(Relabel.newBuilder().putSet("site", "hall4"));
      case DESIRE -> envelope.setDesire(Desire.newBuilder().putSet("heartbeat", "10s"));
      case REVOKE -> envelope.setRevoke(Revoke.newBuilder().setOperator("anna"));
    };
  }

  static ErrorCode refusal(Step step) {
    var refusal = step.refusal();
    assertNotNull(refusal);
    return refusal.code();
  }

  List<ExecutionEnvelope> told() {
    List<ExecutionEnvelope> told = new ArrayList<>();
    rows.sent(MachineKeys.EXECUTION)
        .forEach(bytes -> told.add(StoredRows.event(bytes, ExecutionEnvelope.parser())));
    return told;
  }

  List<Command> commands() {
    List<Command> commands = new ArrayList<>();
    rows.owed(Commands.EFFECT)
        .forEach(bytes -> commands.add(StoredRows.event(bytes, Command.parser())));
    return commands;
  }

  long receipt() {
    DeviceSeen seen = DeviceRows.seen(rows);
    long receipted = commands().get(0).getEventReceipt().getSeq();
    assertEquals(seen.getEventSeq(), receipted);
    return receipted;
  }
}
