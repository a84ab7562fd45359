package dev.drover.hub.core;

import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.ExecutionRow;
import dev.drover.hub.v1.ResendCheck;
import dev.drover.v1.Command;
import dev.drover.v1.CommandMark;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.Lease;
import dev.drover.v1.LeaseRevocation;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The numbered commands of one device, within one step: 1, 2, 3 … in an epoch, kept until they are
 * acknowledged, at most {@link #WINDOW} on their way. Nothing is sent while the device is offline
 * or has not told its mark since the hub started, so that a hub restored from a backup finds out
 * before it uses a number twice. Pure.
 */
final class CommandQueue {
  /** Most commands sent and not acknowledged; within the broker's queue and a step's timers. */
  static final int WINDOW = 32;

  /** After this long without progress commands are sent again, milliseconds. */
  static final long RESEND_MS = 10_000;

  /** How long a revocation means anything, milliseconds. */
  private static final long REVOCATION_TTL_MS = 7L * 24 * 3600 * 1000;

  /** The desired configuration is good until it is replaced. */
  private static final long CONFIG_TTL_MS = 3650L * 24 * 3600 * 1000;

  private static final String RESEND_TIMER = "resend";

  private final ExecutionChange change;

  /** Rows written in this step, by number; a later write of a number wins. */
  private final SortedMap<Long, Command> written = new TreeMap<>();

  private boolean resendAsked;

  CommandQueue(ExecutionChange change) {
    this.change = change;
  }

  long pending() {
    return change.head.getLastSeq() - change.head.getAckedSeq();
  }

  /** Makes a command that a device does not accept later than that. */
  Command.Builder lease(Lease lease, long acceptUntilMs) {
    return command(acceptUntilMs).setLease(lease);
  }

  /** Adds what the hub desires of the device's configuration, unless that is on its way. */
  void configure(ConfigCommand config) {
    boolean underWay = change.head.getConfigVersion() == config.getVersion();
    if (change.head.getGone() || underWay || pending() >= ExecutionMachine.PENDING_MAX) {
      return;
    }
    change.head.setConfigVersion(config.getVersion());
    add(command(change.nowMs + CONFIG_TTL_MS).setConfig(config));
  }

  /** Adds a command and returns its number. */
  long add(Command.Builder command) {
    long seq = change.head.getLastSeq() + 1;
    change.head.setLastSeq(seq);
    write(seq, command);
    return seq;
  }

  /**
   * Takes a lease back: one that was never sent gives its number to the revocation, so that numbers
   * have no gap and the device never sees it; for the others the device is told.
   */
  void withdraw(ExecutionRow.Builder row, boolean stopRunning) {
    LeaseRevocation revocation =
        LeaseRevocation.newBuilder()
            .setExecution(row.getExecution().getExecution())
            .setStopRunning(stopRunning)
            .build();
    Command.Builder command = command(change.nowMs + REVOCATION_TTL_MS).setRevocation(revocation);
    if (row.getLeaseSeq() > change.head.getSentSeq()) {
      write(row.getLeaseSeq(), command);
      row.setLeaseSeq(0);
    } else {
      add(command);
    }
  }

  /** Puts a revocation in the place of a lease that must not reach the device's new store. */
  void replace(ExecutionRow.Builder row) {
    LeaseRevocation revocation =
        LeaseRevocation.newBuilder().setExecution(row.getExecution().getExecution()).build();
    write(row.getLeaseSeq(), command(change.nowMs + REVOCATION_TTL_MS).setRevocation(revocation));
    row.setLeaseSeq(0);
  }

  /**
   * Takes the device's word for how far it followed. A store that says less than was acknowledged
   * is one that lost it and does not know that yet, or this comes late: nothing is sent for it.
   *
   * @param begins whether this is the first word of another process of the device
   * @return false where the device has seen more than was ever sent in this epoch
   */
  boolean acknowledge(CommandMark mark, boolean begins) {
    int epochs = Long.compareUnsigned(mark.getHubEpoch(), change.head.getHubEpoch());
    boolean beyond = Long.compareUnsigned(mark.getSeq(), change.head.getSentSeq()) > 0;
    if (epochs > 0 || (epochs == 0 && beyond)) {
      return false;
    }
    long followed = epochs == 0 ? mark.getSeq() : 0;
    if (followed < change.head.getAckedSeq()) {
      change.head.setMarked(change.head.getMarked() && !begins);
      return true;
    }
    change.head.setMarked(true).setUnsure(false);
    if (followed == change.head.getAckedSeq()) {
      return true;
    }
    for (long seq = change.head.getAckedSeq() + 1; seq <= mark.getSeq(); seq++) {
      Command command = read(seq);
      if (command.hasLease()) {
        accepted(command.getLease());
      }
      if (command.getConfig().getVersion() == change.head.getConfigVersion()) {
        change.head.clearConfigVersion();
      }
      change.step.delete(name(seq));
    }
    change.head.setAckedSeq(mark.getSeq()).setProgressMs(change.nowMs);
    return true;
  }

  private void accepted(Lease lease) {
    ExecutionRow.Builder row = change.find(lease.getExecution());
    if (row == null || row.getExecution().getAttempt() != lease.getAttempt()) {
      return;
    }
    row.setLeaseSeq(0);
    if (ExecutionRows.stateOf(row) == ExecutionMachine.State.GRANTED) {
      ExecutionMachine.State to =
          ExecutionMachine.TABLE.move(
              ExecutionMachine.State.GRANTED, ExecutionMachine.Event.ACCEPT);
      row.getExecutionBuilder().setState(ExecutionRows.wire(to));
      change.watch(row);
    }
  }

  /** Numbers what is pending anew, from 1 in a higher epoch; nothing of it counts as sent. */
  void renumber(long epoch) {
    List<Command> commands = new ArrayList<>();
    for (long seq = change.head.getAckedSeq() + 1; seq <= change.head.getLastSeq(); seq++) {
      commands.add(read(seq));
      change.step.delete(name(seq));
    }
    written.clear();
    change.head.setHubEpoch(epoch).setLastSeq(0).setSentSeq(0).setAckedSeq(0).clearGapSeq();
    for (Command command : commands) {
      long seq = add(command.toBuilder());
      ExecutionRow.Builder row =
          command.hasLease() ? change.find(command.getLease().getExecution()) : null;
      if (row != null && row.getExecution().getAttempt() == command.getLease().getAttempt()) {
        row.setLeaseSeq(seq);
      }
    }
  }

  /**
   * Drops everything; for a device that will never ask for it. Numbers that were never sent are
   * given again: one that follows it under its name may have seen none of them.
   */
  void clear() {
    for (long seq = change.head.getAckedSeq() + 1; seq <= change.head.getLastSeq(); seq++) {
      change.step.delete(name(seq));
    }
    written.clear();
    long last = Math.max(change.head.getAckedSeq(), change.head.getSentSeq());
    change.head.setLastSeq(last).setAckedSeq(last).setSentSeq(last).clearConfigVersion();
  }

  /** Asks that at the end of the step everything without an acknowledgement is sent again. */
  void resend() {
    resendAsked = true;
  }

  /**
   * Asks for {@link #resend} where the device misses the next command after its mark; once for each
   * number, so that what is on its way meanwhile is not sent over and over. If that one is lost
   * too, the timer sends it again.
   */
  void resendMissing(CommandMark mark) {
    boolean same = mark.getHubEpoch() == change.head.getHubEpoch();
    long missing = (same ? mark.getSeq() : 0) + 1;
    if (missing == change.head.getAckedSeq() + 1 && missing != change.head.getGapSeq()) {
      change.head.setGapSeq(missing);
      resendAsked = true;
    }
  }

  /** Takes the timer: asks for {@link #resend} if there was no progress for long enough. */
  void resendDue() {
    change.head.setResendArmed(false);
    if (change.nowMs - change.head.getProgressMs() >= RESEND_MS) {
      resendAsked = true;
    }
  }

  /** Writes the rows of this step, and sends as many commands as the window allows. */
  void flush() {
    written.forEach((seq, command) -> change.step.put(name(seq), command.toByteArray()));
    long acked = change.head.getAckedSeq();
    long sent = change.head.getSentSeq();
    long to = Math.min(change.head.getLastSeq(), acked + WINDOW);
    if (!change.head.getOnline() || !change.head.getMarked() || to <= acked) {
      return;
    }
    if (resendAsked || sent == acked) {
      change.head.setProgressMs(change.nowMs);
    }
    for (long seq = resendAsked ? acked + 1 : sent + 1; seq <= to; seq++) {
      Command command = read(seq);
      Commands.owe(change.step, command.toBuilder().setSession(change.head.getSession()).build());
      if (seq > sent && command.hasLease()) {
        markSent(command.getLease());
      }
    }
    change.head.setSentSeq(Math.max(sent, to));
    if (!change.head.getResendArmed()) {
      change.head.setResendArmed(true);
      change.step.timer(
          RESEND_TIMER,
          change.head.getProgressMs() + RESEND_MS,
          ExecutionEnvelope.newBuilder()
              .setResend(ResendCheck.getDefaultInstance())
              .build()
              .toByteArray());
    }
  }

  private void markSent(Lease lease) {
    ExecutionRow.Builder row = change.find(lease.getExecution());
    if (row != null && row.getExecution().getAttempt() == lease.getAttempt()) {
      row.setSent(true);
    }
  }

  private Command.Builder command(long expiresMs) {
    return Command.newBuilder()
        .setTenant(change.tenant())
        .setDevice(change.device())
        .setIssuedMs(change.nowMs)
        .setExpiresMs(expiresMs);
  }

  private void write(long seq, Command.Builder command) {
    written.put(seq, command.setHubEpoch(change.head.getHubEpoch()).setSeq(seq).build());
  }

  private Command read(long seq) {
    Command fresh = written.get(seq);
    if (fresh != null) {
      return fresh;
    }
    return StoredRows.find(change.own, name(seq), Command.parser())
        .orElseThrow(() -> new IllegalStateException("A pending command is missing: " + seq));
  }

  private static String name(long seq) {
    return ExecutionRows.COMMAND + StoredRows.padded(seq);
  }
}
