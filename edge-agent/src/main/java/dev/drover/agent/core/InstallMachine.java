package dev.drover.agent.core;

import com.google.protobuf.ByteString;
import dev.drover.agent.core.InstallTable.Event;
import dev.drover.agent.v1.InstallBroken;
import dev.drover.agent.v1.InstallDeadline;
import dev.drover.agent.v1.InstallDue;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallExpired;
import dev.drover.agent.v1.InstallOffer;
import dev.drover.agent.v1.InstallProgress;
import dev.drover.agent.v1.InstallRow;
import dev.drover.agent.v1.InstallStep;
import dev.drover.agent.v1.InstallVerdict;
import dev.drover.agent.v1.InstallWaits;
import dev.drover.agent.v1.SlotsRow;
import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.Table;
import dev.drover.v1.Lease;
import dev.drover.v1.RecordKind;
import dev.drover.v1.Task;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Optional;

/**
 * Installs releases, one at a time, and decides at each start of the process which slot it loads.
 *
 * <p>An accepted lease is queued in the {@link TurnMachine}, which says when its turn has come.
 * Each piece of work (preflight, fetching, staging) is an effect that stays owed until its outcome
 * is durable, so a power cut at any moment resumes it. A start of the process is counted durably
 * before the candidate is loaded; after {@value #TRIAL_STARTS_MAX} starts without a verdict the
 * next start returns to the committed slot, whatever the hub says or whether it is there at all,
 * and the release is remembered as failed. A revoked or overtaken piece of work learns so from the
 * refusal of its next progress.
 */
public final class InstallMachine implements Machine<InstallEvent> {
  /** Row that holds an {@link InstallRow}. */
  public static final String ROW = "install";

  /** Row that holds a {@link SlotsRow}. */
  public static final String SLOTS = "slots";

  /** Most starts of the process that load a candidate. */
  public static final int TRIAL_STARTS_MAX = 2;

  /** The transitions. */
  public static final Table<InstallState, Event> TABLE = InstallTable.make();

  private static final String DEADLINE_TIMER = "deadline";
  private static final String EXPIRED_TIMER = "expired";

  @Override
  public String name() {
    return Machines.INSTALL;
  }

  @Override
  public InstallEvent decode(byte[] event) {
    return Machines.parse(InstallEvent.parser(), event);
  }

  @Override
  public Step step(RowReader own, InstallEvent event, long nowMs) {
    InstallChange change =
        new InstallChange(
            Machines.row(own, ROW, InstallRow.parser(), InstallRow.getDefaultInstance()),
            Machines.row(own, SLOTS, SlotsRow.parser(), SlotsRow.getDefaultInstance()),
            nowMs);
    if (isLate(change.state(), event)) {
      return Step.nothing();
    }
    return switch (event.getBodyCase()) {
      case OFFER -> offered(change, event.getOffer());
      case STEP -> stepped(change, event.getStep());
      case PROGRESS -> progressed(change, event.getProgress());
      case START -> started(change, event.getStart().getAuditKey());
      case VERDICT -> verdict(change, event.getVerdict());
      case REVOKED -> revoked(change, event.getRevoked().getExecution());
      case DEADLINE -> timedOut(change, event.getDeadline());
      case BROKEN -> broken(change, event.getBroken());
      case DUE -> due(change, event.getDue());
      case WAITS -> waits(change, event.getWaits());
      case EXPIRED -> expired(change, event.getExpired());
      case BODY_NOT_SET -> Step.nothing();
    };
  }

  /** What comes from the queue, from work or a timer may come too late, and means nothing then. */
  private static boolean isLate(InstallState state, InstallEvent event) {
    return switch (event.getBodyCase()) {
      case DUE -> !TABLE.allows(state, Event.DUE);
      case WAITS -> !TABLE.allows(state, Event.WAITED);
      case EXPIRED -> !TABLE.allows(state, Event.EXPIRED);
      case STEP -> !TABLE.allows(state, Event.DONE);
      case DEADLINE -> !TABLE.allows(state, Event.TIMED_OUT);
      case OFFER, PROGRESS, START, VERDICT, REVOKED, BROKEN, BODY_NOT_SET -> false;
    };
  }

  private static Step offered(InstallChange change, InstallOffer offer) {
    Lease lease = offer.getLease();
    InstallState state = change.state();
    Task task = lease.getTask();
    boolean same = change.isOf(lease.getExecution());
    boolean newer = lease.getAttempt() > change.attempt();
    if (same && !(newer && (state.resting() || state == InstallState.WAITING))) {
      TABLE.move(state, Event.OFFERED, state);
      change.adopt(lease);
      return change.report().build();
    }
    Optional<ErrorCode> objection = change.objection(task);
    boolean left = task.hasRevert() && change.hasLeft(task.getRevert());
    if (left && !same && !state.resting()) {
      TABLE.move(state, Event.OFFERED, state);
      change.hadLeft(lease);
      return change.save().build();
    }
    if (!state.resting() && (!state.working() || objection.isPresent())) {
      TABLE.move(state, Event.OFFERED, state);
      change.rejectOther(lease, objection.orElse(ErrorCode.RESOURCE_EXHAUSTED));
      return change.build();
    }
    if (state.working() && !same) {
      change.overtaken();
    }
    long aheadMs = offer.getAheadMs();
    change.begin(lease, lease.getDeadlineMs() - aheadMs);
    if (objection.isPresent()) {
      change.to(TABLE.move(state, Event.OFFERED, InstallState.REJECTED), objection.get());
    } else if (left && state.resting()) {
      change.forget(task.getRevert());
      change.to(TABLE.move(state, Event.OFFERED, InstallState.COMMITTED), null);
    } else if (change.isCommitted(task.getInstall().getManifestSha256()) && state.resting()) {
      change.to(TABLE.move(state, Event.OFFERED, InstallState.COMMITTED), null);
    } else {
      change.to(TABLE.move(state, Event.OFFERED, InstallState.WAITING), null);
      queue(change, offer);
    }
    return change.report().build();
  }

  private static void queue(InstallChange change, InstallOffer offer) {
    Lease lease = offer.getLease();
    long aheadMs = offer.getAheadMs();
    Machines.queue(change.step(), lease, offer.getBootId(), lease.getNotBeforeMs() - aheadMs);
    InstallExpired expired =
        InstallExpired.newBuilder()
            .setExecution(lease.getExecution())
            .setAttempt(lease.getAttempt())
            .build();
    change
        .step()
        .timer(
            EXPIRED_TIMER,
            lease.getExpiresMs() - aheadMs,
            InstallEvent.newBuilder().setExpired(expired).build().toByteArray());
    endBy(change, change.deadlineAtMs());
  }

  /** Gives the execution no longer than this, engine time. */
  private static void endBy(InstallChange change, long atMs) {
    InstallDeadline deadline =
        InstallDeadline.newBuilder()
            .setExecution(change.lease().getExecution())
            .setAttempt(change.attempt())
            .build();
    change
        .step()
        .timer(
            DEADLINE_TIMER,
            atMs,
            InstallEvent.newBuilder().setDeadline(deadline).build().toByteArray());
  }

  private static Step due(InstallChange change, InstallDue due) {
    InstallState state = change.state();
    if (!change.waits(due.getExecution(), due.getAttempt())) {
      TABLE.move(state, Event.DUE, state);
      return Step.nothing();
    }
    change.step().cancelTimer(EXPIRED_TIMER);
    // The slots may have changed while it waited.
    Optional<ErrorCode> objection = change.objection(change.lease().getTask());
    if (objection.isPresent()) {
      change.to(TABLE.move(state, Event.DUE, InstallState.REJECTED), objection.get());
      change.step().cancelTimer(DEADLINE_TIMER);
      return change.report().build();
    }
    if (change.reverts() && change.hasLeft(change.lease().getTask().getRevert())) {
      change.forget(change.lease().getTask().getRevert());
      change.to(TABLE.move(state, Event.DUE, InstallState.COMMITTED), null);
      change.step().cancelTimer(DEADLINE_TIMER);
      return change.report().build();
    }
    change.to(TABLE.move(state, Event.DUE, InstallState.PREFLIGHT), null);
    long runSeconds = change.lease().getRunSeconds();
    if (runSeconds > 0) {
      endBy(change, change.runUntilMs(runSeconds));
    }
    change.order(Machines.EFFECT_PREFLIGHT);
    return change.report().build();
  }

  private static Step waits(InstallChange change, InstallWaits waits) {
    TABLE.move(change.state(), Event.WAITED);
    if (!change.waits(waits.getExecution(), waits.getWaits().getAttempt())) {
      return Step.nothing();
    }
    change.waitsFor(waits.getWaits().getReason());
    return change.report().build();
  }

  private static Step expired(InstallChange change, InstallExpired expired) {
    InstallState next = TABLE.move(change.state(), Event.EXPIRED);
    if (!change.waits(expired.getExecution(), expired.getAttempt())) {
      return Step.nothing();
    }
    change.to(next, ErrorCode.LEASE_EXPIRED);
    change.step().cancelTimer(DEADLINE_TIMER);
    return change.report().build();
  }

  private static Step stepped(InstallChange change, InstallStep done) {
    InstallState state = change.state();
    Event event = done.getError() == 0 ? Event.DONE : Event.FAILED;
    if (!change.isOf(done.getExecution()) || !done.getOfState().equals(state.name())) {
      return Step.nothing();
    }
    if (event == Event.FAILED) {
      ErrorCode code = ErrorCode.ofNumber(done.getError());
      change.to(TABLE.move(state, event), code);
      change.audit(done.getAuditKey(), RecordKind.RELEASE_REFUSED);
      change.step().cancelTimer(DEADLINE_TIMER);
      return change.report().build();
    }
    change.candidate(done.getCandidate());
    change.to(done(state, change.reverts()), null);
    switch (change.state()) {
      case FETCHING -> change.order(Machines.EFFECT_FETCH);
      case VERIFIED -> {
        change.audit(done.getAuditKey(), RecordKind.RELEASE_VERIFIED);
        change.order(Machines.EFFECT_STAGE);
      }
      default -> {
        change.step().cancelTimer(DEADLINE_TIMER);
        Machines.effect(change.step(), Machines.EFFECT_RESTART, Machines.INSTALL);
      }
    }
    return change.report().build();
  }

  /** What goes back is there already: nothing is fetched and no slot is made. */
  private static InstallState done(InstallState state, boolean reverts) {
    if (state != InstallState.PREFLIGHT) {
      return TABLE.move(state, Event.DONE);
    }
    return TABLE.move(state, Event.DONE, reverts ? InstallState.STAGED : InstallState.FETCHING);
  }

  private static Step progressed(InstallChange change, InstallProgress progress) {
    InstallState state = change.state();
    if (!TABLE.allows(state, Event.PROGRESSED) || !change.isOf(progress.getExecution())) {
      throw new DroverException(ErrorCode.CANCELLED, "The installation is no longer wanted.");
    }
    TABLE.move(state, Event.PROGRESSED);
    return change.progress(progress.getPermille()) ? change.report().build() : Step.nothing();
  }

  private static Step started(InstallChange change, ByteString auditKey) {
    InstallState state = change.state();
    if (state == InstallState.STAGED) {
      change.to(TABLE.move(state, Event.STARTED), null);
      change.countStart();
      return change.report().reply(change.decision().toByteArray()).build();
    }
    if (state != InstallState.TRIAL) {
      TABLE.move(state, Event.STARTED);
      return Step.reply(change.decision().toByteArray());
    }
    if (change.starts() < TRIAL_STARTS_MAX) {
      change.to(TABLE.move(state, Event.STARTED, InstallState.TRIAL), null);
      change.countStart();
      return change.save().reply(change.decision().toByteArray()).build();
    }
    change.to(TABLE.move(state, Event.STARTED, InstallState.ROLLED_BACK), ErrorCode.TRIAL_FAILED);
    change.remember(ErrorCode.TRIAL_FAILED);
    change.audit(auditKey, RecordKind.RELEASE_ROLLED_BACK);
    Machines.effect(change.step(), Machines.EFFECT_COLLECT, Machines.INSTALL);
    return change.report().reply(change.decision().toByteArray()).build();
  }

  private static Step verdict(InstallChange change, InstallVerdict verdict) {
    InstallState state = change.state();
    Event event = verdict.getError() == 0 ? Event.PASSED : Event.REFUSED;
    if (state != InstallState.TRIAL || !change.isCandidate(verdict.getManifestSha256())) {
      throw new DroverException(ErrorCode.ILLEGAL_TRANSITION, "No trial waits for this verdict.");
    }
    InstallState next = TABLE.move(state, event);
    if (event == Event.PASSED) {
      change.to(next, null);
      change.commit(verdict.getMeasures());
      change.audit(verdict.getAuditKey(), RecordKind.RELEASE_ACTIVATED);
    } else {
      ErrorCode code = ErrorCode.ofNumber(verdict.getError());
      change.to(next, code);
      change.remember(code);
      change.audit(verdict.getAuditKey(), RecordKind.RELEASE_ROLLED_BACK);
      Machines.effect(change.step(), Machines.EFFECT_RESTART, Machines.INSTALL);
    }
    Machines.effect(change.step(), Machines.EFFECT_COLLECT, Machines.INSTALL);
    return change.report().build();
  }

  private static Step revoked(InstallChange change, String execution) {
    InstallState next = TABLE.move(change.state(), Event.REVOKED);
    if (!change.state().working() || !change.isOf(execution)) {
      return Step.nothing();
    }
    change.to(next, ErrorCode.CANCELLED);
    change.step().cancelTimer(DEADLINE_TIMER).cancelTimer(EXPIRED_TIMER);
    return change.report().build();
  }

  private static Step timedOut(InstallChange change, InstallDeadline deadline) {
    InstallState next = TABLE.move(change.state(), Event.TIMED_OUT);
    if (!change.isOf(deadline.getExecution()) || deadline.getAttempt() != change.attempt()) {
      return Step.nothing();
    }
    change.to(next, ErrorCode.DEADLINE_EXCEEDED);
    return change.report().build();
  }

  /**
   * Falls back to the slot before the committed one, whatever is being installed; the reply is the
   * new decision.
   */
  private static Step broken(InstallChange change, InstallBroken broken) {
    if (!change.isCommitted(broken.getManifestSha256())) {
      return Step.reply(change.committedDecision().toByteArray());
    }
    change.auditCommittedLeft(broken.getAuditKey(), broken.getError());
    change.fallBack();
    return change.save().reply(change.committedDecision().toByteArray()).build();
  }
}
