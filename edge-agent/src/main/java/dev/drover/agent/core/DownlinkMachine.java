package dev.drover.agent.core;

import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.CommandDetails;
import dev.drover.agent.v1.DownlinkEvent;
import dev.drover.agent.v1.DownlinkRow;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallOffer;
import dev.drover.agent.v1.InstallRevoked;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.RunOffer;
import dev.drover.agent.v1.RunRevoked;
import dev.drover.config.DesiredConfig;
import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.schedule.Windows;
import dev.drover.v1.Command;
import dev.drover.v1.CommandMark;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Lease;
import dev.drover.v1.RecordKind;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import dev.drover.wire.UnknownFields;
import java.nio.charset.StandardCharsets;

/**
 * Follows the hub's numbered commands: accepts exactly the next one, and hands leases and
 * revocations on.
 *
 * <p>Events are commands whose signature and address were checked. The reply is the name of an
 * {@link Outcome}. A command whose time is over is counted as seen and reported. A new hub epoch
 * begins with number 1; an old one is refused.
 *
 * <p>A lease is judged by the best time that the device knows when it comes, which its own engine
 * time, which never falls, may be far from. From then on only lengths of time count, so that both
 * go with the lease: how far the one is ahead of the other.
 */
public final class DownlinkMachine implements Machine<DownlinkEvent> {
  /** Row that holds a {@link DownlinkRow}. */
  public static final String ROW = "mark";

  private static final int ATTEMPT_MAX = 100;

  /** What became of a command. */
  public enum Outcome {
    /** It was the next one and is durable. */
    ACCEPTED,
    /** It was the next one, but its time is over. */
    EXPIRED,
    /** It was seen before; acknowledged again. */
    REPEATED,
    /** A number before it is missing; the hub is told and sends again from there. */
    GAP,
    /** It is of an older epoch of the hub. */
    REPLAYED,
    /** It was the next one, but says nothing that this agent can do. */
    MALFORMED,
    /** It was the next one, but a newer hub says something in it that this agent does not know. */
    TOO_NEW
  }

  @Override
  public String name() {
    return Machines.DOWNLINK;
  }

  @Override
  public DownlinkEvent decode(byte[] event) {
    return Machines.parse(DownlinkEvent.parser(), event);
  }

  @Override
  public Step step(RowReader own, DownlinkEvent event, long nowMs) {
    DownlinkRow row =
        Machines.row(own, ROW, DownlinkRow.parser(), DownlinkRow.getDefaultInstance());
    Command command = event.getCommand();
    Step.Builder step = Step.builder();
    Outcome outcome = follow(row.getMark(), command);
    if (outcome == Outcome.ACCEPTED) {
      step.put(ROW, DownlinkRow.newBuilder().setMark(mark(command)).build().toByteArray());
      outcome = handOn(step, event, event.getTrustedMs() - nowMs);
    } else {
      boolean gap = outcome == Outcome.GAP;
      Machines.effect(step, gap ? Machines.EFFECT_GAP : Machines.EFFECT_ACK, Machines.DOWNLINK);
    }
    if (outcome != Outcome.REPEATED && outcome != Outcome.GAP) {
      Machines.audit(step, event.getAuditKey(), record(command, outcome, nowMs));
    }
    return step.reply(outcome.name().getBytes(StandardCharsets.UTF_8)).build();
  }

  private static Outcome follow(CommandMark mark, Command command) {
    if (command.getHubEpoch() < mark.getHubEpoch()) {
      return Outcome.REPLAYED;
    }
    boolean sameEpoch = command.getHubEpoch() == mark.getHubEpoch();
    long last = sameEpoch ? mark.getSeq() : 0;
    if (command.getSeq() <= last) {
      return Outcome.REPEATED;
    }
    return command.getSeq() == last + 1 ? Outcome.ACCEPTED : Outcome.GAP;
  }

  private static Outcome handOn(Step.Builder step, DownlinkEvent event, long aheadMs) {
    Command command = event.getCommand();
    switch (command.getBodyCase()) {
      case LEASE -> {
        return lease(step, event, aheadMs);
      }
      case REVOCATION -> {
        Machines.effect(step, Machines.EFFECT_ACK, Machines.DOWNLINK);
        String execution = command.getRevocation().getExecution();
        if (!Ids.isReference(execution)) {
          return Outcome.MALFORMED;
        }
        revoke(step, execution, command.getRevocation().getStopRunning());
        return Outcome.ACCEPTED;
      }
      case CONFIG -> {
        Machines.effect(step, Machines.EFFECT_ACK, Machines.DOWNLINK);
        return config(step, command.getConfig());
      }
      default -> {
        Machines.effect(step, Machines.EFFECT_ACK, Machines.DOWNLINK);
        return Outcome.MALFORMED;
      }
    }
  }

  private static Outcome config(Step.Builder step, ConfigCommand config) {
    try {
      DesiredConfig.check(config.getValuesMap());
    } catch (DroverException malformed) {
      return Outcome.MALFORMED;
    }
    step.effect(Machines.EFFECT_CONFIG, Machines.DOWNLINK, config.toByteArray());
    return Outcome.ACCEPTED;
  }

  private static Outcome lease(Step.Builder step, DownlinkEvent event, long aheadMs) {
    Command command = event.getCommand();
    Lease lease = command.getLease();
    boolean named = Ids.isReference(lease.getExecution());
    if (!named || lease.getAttempt() < 1 || lease.getAttempt() > ATTEMPT_MAX) {
      Machines.effect(step, Machines.EFFECT_ACK, Machines.DOWNLINK);
      return Outcome.MALFORMED;
    }
    long trustedMs = event.getTrustedMs();
    if (command.getExpiresMs() <= trustedMs || lease.getExpiresMs() <= trustedMs) {
      reject(step, lease, ErrorCode.LEASE_EXPIRED);
      return Outcome.EXPIRED;
    }
    if (UnknownFields.areIn(lease)) {
      // It may be a condition, which must hold.
      reject(step, lease, ErrorCode.PEER_TOO_NEW);
      return Outcome.TOO_NEW;
    }
    if (!opens(lease)) {
      reject(step, lease, ErrorCode.INVALID_ARGUMENT);
      return Outcome.MALFORMED;
    }
    switch (lease.getTask().getKindCase()) {
      case ASK, TOOL -> {
        RunOffer offer =
            RunOffer.newBuilder()
                .setLease(lease)
                .setBootId(event.getBootId())
                .setAheadMs(aheadMs)
                .build();
        step.send(
            Machines.RUN,
            lease.getExecution(),
            RunEvent.newBuilder().setOffer(offer).build().toByteArray());
        return Outcome.ACCEPTED;
      }
      case INSTALL, REVERT -> {
        InstallOffer offer =
            InstallOffer.newBuilder()
                .setLease(lease)
                .setBootId(event.getBootId())
                .setAheadMs(aheadMs)
                .build();
        step.send(
            Machines.INSTALL,
            Machines.INSTALL,
            InstallEvent.newBuilder().setOffer(offer).build().toByteArray());
        return Outcome.ACCEPTED;
      }
      default -> {
        reject(step, lease, ErrorCode.INVALID_ARGUMENT);
        return Outcome.MALFORMED;
      }
    }
  }

  private static boolean opens(Lease lease) {
    if (lease.getWindowsCount() == 0) {
      return true;
    }
    try {
      Windows.check("windows", lease.getWindowsList());
      return true;
    } catch (DroverException never) {
      return false;
    }
  }

  private static void revoke(Step.Builder step, String execution, boolean stopRunning) {
    RunRevoked run = RunRevoked.newBuilder().setStopRunning(stopRunning).build();
    step.send(Machines.RUN, execution, RunEvent.newBuilder().setRevoked(run).build().toByteArray());
    InstallRevoked install = InstallRevoked.newBuilder().setExecution(execution).build();
    step.send(
        Machines.INSTALL,
        Machines.INSTALL,
        InstallEvent.newBuilder().setRevoked(install).build().toByteArray());
    if (stopRunning) {
      Machines.effect(step, Machines.EFFECT_CANCEL_RUN, execution);
    }
  }

  private static void reject(Step.Builder step, Lease lease, ErrorCode code) {
    Machines.report(
        step,
        ExecutionReport.newBuilder()
            .setExecution(lease.getExecution())
            .setAttempt(lease.getAttempt())
            .setState(ExecutionState.REJECTED)
            .setError(code.number())
            .build());
  }

  private static CommandMark mark(Command command) {
    return CommandMark.newBuilder()
        .setHubEpoch(command.getHubEpoch())
        .setSeq(command.getSeq())
        .build();
  }

  private static AuditRecord record(Command command, Outcome outcome, long nowMs) {
    int error =
        switch (outcome) {
          case EXPIRED -> ErrorCode.LEASE_EXPIRED.number();
          case REPLAYED -> ErrorCode.LEASE_REPLAYED.number();
          case MALFORMED -> ErrorCode.MESSAGE_MALFORMED.number();
          case TOO_NEW -> ErrorCode.PEER_TOO_NEW.number();
          case ACCEPTED, REPEATED, GAP -> 0;
        };
    Lease lease = command.getLease();
    String kind =
        command.hasLease() ? lease.getTask().getKindCase().name() : command.getBodyCase().name();
    return AuditRecord.newBuilder()
        .setTimeMs(nowMs)
        .setKind(error == 0 ? RecordKind.COMMAND_ACCEPTED : RecordKind.COMMAND_REFUSED)
        .setCommand(
            CommandDetails.newBuilder()
                .setMark(mark(command))
                .setJob(lease.getJob())
                .setExecution(
                    command.hasLease()
                        ? lease.getExecution()
                        : command.getRevocation().getExecution())
                .setKind(kind)
                .setError(error))
        .build();
  }
}
