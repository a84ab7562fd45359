package dev.drover.deploy.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.DownlinkMachine;
import dev.drover.agent.core.RunMachine;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.v1.DownlinkEvent;
import dev.drover.agent.v1.DownlinkRow;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.agent.v1.UplinkHead;
import dev.drover.envelope.CommandAuth;
import dev.drover.machine.Machine;
import dev.drover.machine.Step;
import dev.drover.v1.Command;
import dev.drover.v1.CommandEnvelope;
import dev.drover.v1.CommandMark;
import dev.drover.v1.ExecutionState;
import dev.drover.wire.DroverException;
import java.util.List;

/** Defects of the agent's machines and of what they are told. */
final class AgentDefects {
  private AgentDefects() {}

  private static Machine<?> run(Machine<?> machine, Tampered.How<RunEvent> how) {
    return Tampered.only(RunMachine.class, machine, how);
  }

  private static Machine<?> downlink(Machine<?> machine, Tampered.How<DownlinkEvent> how) {
    return Tampered.only(DownlinkMachine.class, machine, how);
  }

  static Machine<?> intentNotDurable(Machine<?> machine) {
    return run(
        machine,
        (shipped, own, event, nowMs) -> {
          Step step = shipped.step(own, event, nowMs);
          return event.hasStarted() && step.refusal() == null ? Step.nothing() : step;
        });
  }

  static Machine<?> revokedStarts(Machine<?> machine) {
    return run(
        machine,
        (shipped, own, event, nowMs) ->
            event.hasRevoked() ? Step.nothing() : shipped.step(own, event, nowMs));
  }

  static Machine<?> unknownAsSuccess(Machine<?> machine) {
    return run(
        machine,
        (shipped, own, event, nowMs) -> {
          RunEvent.Builder other = event.toBuilder();
          boolean unknown =
              event.getFinished().getResult().getState() == ExecutionState.OUTCOME_UNKNOWN;
          if (event.hasFinished() && unknown) {
            other
                .getFinishedBuilder()
                .getResultBuilder()
                .setState(ExecutionState.SUCCEEDED)
                .setError(0);
          }
          return shipped.step(own, other.build(), nowMs);
        });
  }

  static Machine<?> gapAccepted(Machine<?> machine) {
    return downlink(
        machine,
        (shipped, own, event, nowMs) -> {
          byte[] bytes = own.get(DownlinkMachine.ROW);
          DownlinkRow row =
              bytes == null
                  ? DownlinkRow.getDefaultInstance()
                  : HubDefects.parse(DownlinkRow.parser(), bytes);
          Command command = event.getCommand();
          boolean gap =
              command.getHubEpoch() == row.getMark().getHubEpoch()
                  && command.getSeq() > row.getMark().getSeq() + 1;
          if (!gap) {
            return shipped.step(own, event, nowMs);
          }
          CommandMark mark = row.getMark().toBuilder().setSeq(command.getSeq() - 1).build();
          byte[] other = row.toBuilder().setMark(mark).build().toByteArray();
          return shipped.step(new Tampered.Other(own, DownlinkMachine.ROW, other), event, nowMs);
        });
  }

  static Machine<?> expiredStarts(Machine<?> machine) {
    return downlink(
        machine,
        (shipped, own, event, nowMs) -> {
          DownlinkEvent.Builder other = event.toBuilder();
          if (event.getCommand().hasLease()) {
            long hourMs = 3_600_000;
            other
                .getCommandBuilder()
                .setExpiresMs(event.getCommand().getExpiresMs() + hourMs)
                .getLeaseBuilder()
                .setExpiresMs(event.getCommand().getLease().getExpiresMs() + hourMs)
                .setDeadlineMs(event.getCommand().getLease().getDeadlineMs() + hourMs);
          }
          return shipped.step(own, other.build(), nowMs);
        });
  }

  static Machine<?> receiptTooMuch(Machine<?> machine) {
    return Tampered.only(
        UplinkMachine.class,
        machine,
        (shipped, own, event, nowMs) -> {
          UplinkEvent.Builder other = event.toBuilder();
          byte[] head = own.get(UplinkMachine.HEAD);
          if (event.hasReceipt() && head != null) {
            long last = HubDefects.parse(UplinkHead.parser(), head).getLastSeq();
            other.getReceiptBuilder().getReceiptBuilder().setSeq(last);
          }
          return shipped.step(own, other.build(), nowMs);
        });
  }

  static Machine<?> batchLost(Machine<?> machine) {
    return Tampered.only(
        AuditMachine.class,
        machine,
        (shipped, own, event, nowMs) -> {
          Step step = shipped.step(own, event, nowMs);
          return event.hasClose()
              ? Tampered.rows(
                  step,
                  row ->
                      row.row().startsWith(AuditMachine.BATCHES) && row.row().endsWith("2")
                          ? null
                          : row)
              : step;
        });
  }

  /** A device that takes what anybody signed, or nobody. */
  static Variant signatureNotChecked() {
    return new Variant() {
      @Override
      public byte[] arrives(String device, byte[] payload) {
        try {
          Command command = CommandAuth.open(SimHub.HUB_KEY, SimWorld.TENANT, device, payload);
          return command.getDevice().equals(device) ? payload : signed(command, device);
        } catch (DroverException refused) {
          try {
            return signed(
                Command.parseFrom(CommandEnvelope.parseFrom(payload).getCommand()), device);
          } catch (InvalidProtocolBufferException rubbish) {
            return payload;
          }
        }
      }
    };
  }

  /** A device that takes a command of an older epoch for the next one. */
  static Variant oldEpochAccepted() {
    return new Variant() {
      private SimWorld world;

      @Override
      public void begin(SimWorld in) {
        world = in;
      }

      @Override
      public byte[] arrives(String device, byte[] payload) {
        try {
          Command command = CommandAuth.open(SimHub.HUB_KEY, SimWorld.TENANT, device, payload);
          CommandMark mark =
              world.agents().stream()
                  .filter(agent -> agent.name.equals(device))
                  .findFirst()
                  .map(SimAgent::mark)
                  .orElseThrow();
          boolean old = command.getSeq() > 0 && command.getHubEpoch() < mark.getHubEpoch();
          return old
              ? signed(
                  command.toBuilder()
                      .setHubEpoch(mark.getHubEpoch())
                      .setSeq(mark.getSeq() + 1)
                      .build(),
                  device)
              : payload;
        } catch (DroverException refused) {
          return payload;
        }
      }
    };
  }

  private static byte[] signed(Command command, String device) {
    Command own = command.toBuilder().setTenant(SimWorld.TENANT).setDevice(device).build();
    return CommandAuth.sign(SimHub.COMMAND_SEED, List.of(own)).get(0).toByteArray();
  }
}
