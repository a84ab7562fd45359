package dev.drover.agent.core;

import dev.drover.agent.v1.RunDue;
import dev.drover.agent.v1.RunEvent;
import dev.drover.agent.v1.RunExpired;
import dev.drover.agent.v1.RunFinished;
import dev.drover.agent.v1.RunForget;
import dev.drover.agent.v1.RunOffer;
import dev.drover.agent.v1.RunOverran;
import dev.drover.agent.v1.RunResult;
import dev.drover.agent.v1.RunRow;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.TurnStop;
import dev.drover.agent.v1.TurnWaits;
import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.Table;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Lease;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;

/**
 * One execution of a question or a tool call: intent durable before the effect, outcome after it.
 *
 * <p>An accepted lease is queued in the {@link TurnMachine}, which says when its turn has come. The
 * effect {@link Machines#EFFECT_RUN} then stays owed until the outcome is durable, so the engine
 * hands it over again after a crash. Before anything is done the runner submits {@code started}:
 * where the execution then is {@code RUNNING} already, an earlier process may have begun, and the
 * tool's crash behaviour decides. It decides too where an attempt before ended as {@code
 * OUTCOME_UNKNOWN}, which a hub that was restored may not know; where such an attempt ends before
 * it started, that is its outcome too.
 */
public final class RunMachine implements Machine<RunEvent> {
  /** Row that holds a {@link RunRow}. */
  public static final String ROW = "run";

  /** What happens to an execution. */
  public enum Event {
    /** The hub granted a lease. */
    OFFERED,
    /** Its turn has come. */
    DUE,
    /** Something else keeps it from starting than before. */
    WAITED,
    /** The runner is about to do it. */
    STARTED,
    /** The runner has an outcome. */
    FINISHED,
    /** The hub took the lease back. */
    REVOKED,
    /** The last moment to start has passed. */
    EXPIRED,
    /** It takes longer than its lease allows. */
    OVERRAN,
    /** It ended long ago. */
    FORGOTTEN
  }

  /** The transitions. */
  public static final Table<RunState, Event> TABLE = table();

  /** How long an ended execution is kept, in milliseconds. */
  static final long KEPT_MS = 7L * 24 * 60 * 60 * 1000;

  private static final String OVERRAN_TIMER = "overran";
  private static final String EXPIRED_TIMER = "expired";
  private static final String FORGET_TIMER = "forget";

  private static Table<RunState, Event> table() {
    Table.Builder<RunState, Event> table =
        Table.startingAt(RunState.NONE, Event.class)
            .on(RunState.NONE, Event.OFFERED, RunState.ACCEPTED)
            .stay(RunState.NONE, Event.REVOKED)
            .stay(RunState.ACCEPTED, Event.OFFERED)
            .stay(RunState.ACCEPTED, Event.DUE)
            .stay(RunState.ACCEPTED, Event.WAITED)
            .on(
                RunState.ACCEPTED,
                Event.STARTED,
                RunState.RUNNING,
                RunState.REJECTED,
                RunState.OUTCOME_UNKNOWN)
            .on(
                RunState.ACCEPTED,
                Event.FINISHED,
                RunState.ACCEPTED,
                RunState.REJECTED,
                RunState.FAILED,
                RunState.OUTCOME_UNKNOWN)
            .on(RunState.ACCEPTED, Event.REVOKED, RunState.CANCELLED, RunState.OUTCOME_UNKNOWN)
            .on(RunState.ACCEPTED, Event.EXPIRED, RunState.REJECTED, RunState.OUTCOME_UNKNOWN)
            .stay(RunState.RUNNING, Event.OFFERED)
            .stay(RunState.RUNNING, Event.OVERRAN)
            .on(
                RunState.RUNNING,
                Event.FINISHED,
                RunState.SUCCEEDED,
                RunState.FAILED,
                RunState.REJECTED,
                RunState.CANCELLED,
                RunState.OUTCOME_UNKNOWN)
            .stay(RunState.RUNNING, Event.REVOKED);
    for (RunState state : RunState.values()) {
      if (state.ended()) {
        if (state == RunState.SUCCEEDED) {
          table.stay(state, Event.OFFERED);
        } else {
          table.on(state, Event.OFFERED, state, RunState.ACCEPTED);
        }
        table.stay(state, Event.REVOKED).on(state, Event.FORGOTTEN, RunState.NONE);
      }
    }
    return table.build();
  }

  @Override
  public String name() {
    return Machines.RUN;
  }

  @Override
  public RunEvent decode(byte[] event) {
    return Machines.parse(RunEvent.parser(), event);
  }

  @Override
  public Step step(RowReader own, RunEvent event, long nowMs) {
    RunRow row = Machines.row(own, ROW, RunRow.parser(), RunRow.getDefaultInstance());
    if (isLate(state(row), event)) {
      return Step.nothing();
    }
    return switch (event.getBodyCase()) {
      case OFFER -> offered(row, event.getOffer(), nowMs);
      case DUE -> due(row, event.getDue());
      case WAITS -> waits(row, event.getWaits());
      case STARTED -> started(row, event.getStarted().getAttempt(), nowMs);
      case FINISHED -> finished(row, event.getFinished(), nowMs);
      case REVOKED -> revoked(row, event.getRevoked().getStopRunning(), nowMs);
      case EXPIRED -> expired(row, event.getExpired().getAttempt(), nowMs);
      case OVERRAN -> overran(row);
      case FORGET -> forget(row, event.getForget().getAttempt());
      case BODY_NOT_SET -> Step.nothing();
    };
  }

  /** What comes from the queue, the runner or a timer may come too late, and means nothing then. */
  private static boolean isLate(RunState state, RunEvent event) {
    return switch (event.getBodyCase()) {
      case DUE -> !TABLE.allows(state, Event.DUE);
      case WAITS -> !TABLE.allows(state, Event.WAITED);
      case FINISHED -> !TABLE.allows(state, Event.FINISHED);
      case EXPIRED -> !TABLE.allows(state, Event.EXPIRED);
      case OVERRAN -> !TABLE.allows(state, Event.OVERRAN);
      case FORGET -> !TABLE.allows(state, Event.FORGOTTEN);
      case OFFER, STARTED, REVOKED, BODY_NOT_SET -> false;
    };
  }

  private static Step offered(RunRow row, RunOffer offer, long nowMs) {
    RunState state = state(row);
    Lease lease = offer.getLease();
    boolean again = lease.getAttempt() <= row.getLease().getAttempt();
    // A hub that was restored may not know that an attempt before this one has done it.
    boolean begun = state == RunState.RUNNING || state == RunState.SUCCEEDED;
    if (begun || (state != RunState.NONE && again)) {
      TABLE.move(state, Event.OFFERED, state);
      RunRow.Builder same = row.toBuilder();
      if (!again) {
        same.getLeaseBuilder().setAttempt(lease.getAttempt());
      }
      Step.Builder step = Step.builder().put(ROW, same.build().toByteArray());
      Machines.report(step, report(same.build()));
      return step.build();
    }
    // Engine time may be far from the true one; lengths of time hold.
    long aheadMs = offer.getAheadMs();
    RunRow accepted =
        RunRow.newBuilder()
            .setLease(lease)
            .setState(TABLE.move(state, Event.OFFERED, RunState.ACCEPTED).wire())
            .setBootId(offer.getBootId())
            .setAcceptedMs(nowMs)
            .setStartUntilMs(lease.getExpiresMs() - aheadMs)
            .setDeadlineAtMs(lease.getDeadlineMs() - aheadMs)
            .setInDoubt(row.getInDoubt() || state == RunState.OUTCOME_UNKNOWN)
            .build();
    Step.Builder step = Step.builder().put(ROW, accepted.toByteArray()).cancelTimer(FORGET_TIMER);
    Machines.queue(step, lease, offer.getBootId(), lease.getNotBeforeMs() - aheadMs);
    RunExpired expired = RunExpired.newBuilder().setAttempt(lease.getAttempt()).build();
    step.timer(
        EXPIRED_TIMER,
        accepted.getStartUntilMs(),
        RunEvent.newBuilder().setExpired(expired).build().toByteArray());
    Machines.report(step, report(accepted));
    return step.build();
  }

  private static Step due(RunRow row, RunDue due) {
    TABLE.move(state(row), Event.DUE);
    if (due.getAttempt() != row.getLease().getAttempt()) {
      return Step.nothing();
    }
    RunRow.Builder going = row.toBuilder().clearWaitsFor();
    if (!due.getBootId().isEmpty()) {
      going.setBootId(due.getBootId());
    }
    byte[] attempt = Integer.toString(due.getAttempt()).getBytes(StandardCharsets.US_ASCII);
    return Step.builder()
        .put(ROW, going.build().toByteArray())
        .effect(Machines.EFFECT_RUN, row.getLease().getExecution(), attempt)
        .build();
  }

  private static Step waits(RunRow row, TurnWaits waits) {
    TABLE.move(state(row), Event.WAITED);
    if (waits.getAttempt() != row.getLease().getAttempt()) {
      return Step.nothing();
    }
    RunRow waiting = row.toBuilder().setWaitsFor(waits.getReason()).build();
    Step.Builder step = Step.builder().put(ROW, waiting.toByteArray());
    Machines.report(step, report(waiting));
    return step.build();
  }

  private static Step started(RunRow row, int attempt, long nowMs) {
    if (!TABLE.allows(state(row), Event.STARTED) || attempt != row.getLease().getAttempt()) {
      throw new DroverException(
          ErrorCode.ILLEGAL_TRANSITION, "The execution is not one that may start.");
    }
    if (nowMs > row.getStartUntilMs()) {
      RunResult late = failure(ExecutionState.REJECTED, ErrorCode.LEASE_EXPIRED);
      return leave(row, Event.STARTED, late, nowMs)
          .refuse(ErrorCode.LEASE_EXPIRED, "The lease's time to start is over.")
          .build();
    }
    RunRow running =
        row.toBuilder()
            .setState(TABLE.move(state(row), Event.STARTED, RunState.RUNNING).wire())
            .setStartedMs(nowMs)
            .build();
    Step.Builder step = Step.builder().put(ROW, running.toByteArray()).cancelTimer(EXPIRED_TIMER);
    long runSeconds = row.getLease().getRunSeconds();
    if (runSeconds > 0) {
      RunOverran overran = RunOverran.newBuilder().setAttempt(attempt).build();
      step.timer(
          OVERRAN_TIMER,
          nowMs + Math.min(runSeconds, Limits.JOB_DEADLINE_SECONDS_MAX) * 1000,
          RunEvent.newBuilder().setOverran(overran).build().toByteArray());
    }
    Machines.report(step, report(running));
    return step.build();
  }

  private static Step overran(RunRow row) {
    TABLE.move(state(row), Event.OVERRAN);
    RunRow stopping = row.toBuilder().setStopRequested(true).setOverran(true).build();
    Step.Builder step = Step.builder().put(ROW, stopping.toByteArray());
    // By another key: effects of this one wait until the run is done.
    TurnStop stop = TurnStop.newBuilder().setExecution(row.getLease().getExecution()).build();
    step.send(
        Machines.TURN, Machines.TURN, TurnEvent.newBuilder().setStop(stop).build().toByteArray());
    return step.build();
  }

  private static Step finished(RunRow row, RunFinished finished, long nowMs) {
    RunState state = state(row);
    if (state == RunState.ACCEPTED && finished.getAttempt() != row.getLease().getAttempt()) {
      // Of an attempt before this one, which had not started either.
      TABLE.move(state, Event.FINISHED, state);
      return Step.nothing();
    }
    RunResult result = finished.getResult();
    if (state == RunState.ACCEPTED) {
      return leave(row, Event.FINISHED, result, nowMs).build();
    }
    boolean stopped =
        result.getState() == ExecutionState.CANCELLED || result.getState() == ExecutionState.FAILED;
    if (row.getOverran() && stopped) {
      result = failure(ExecutionState.FAILED, ErrorCode.DEADLINE_EXCEEDED);
    }
    TABLE.move(state, Event.FINISHED, RunState.of(result.getState()));
    return end(row, result, nowMs).build();
  }

  private static Step revoked(RunRow row, boolean stopRunning, long nowMs) {
    RunState state = state(row);
    if (state == RunState.ACCEPTED) {
      RunResult left = failure(ExecutionState.CANCELLED, ErrorCode.CANCELLED);
      return leave(row, Event.REVOKED, left, nowMs).build();
    }
    if (TABLE.move(state, Event.REVOKED) == RunState.RUNNING && stopRunning) {
      RunRow asked = row.toBuilder().setStopRequested(true).build();
      return Step.builder().put(ROW, asked.toByteArray()).build();
    }
    return Step.nothing();
  }

  private static Step expired(RunRow row, int attempt, long nowMs) {
    if (attempt != row.getLease().getAttempt()) {
      return Step.nothing();
    }
    RunResult late = failure(ExecutionState.REJECTED, ErrorCode.LEASE_EXPIRED);
    return leave(row, Event.EXPIRED, late, nowMs).build();
  }

  private static Step forget(RunRow row, int attempt) {
    TABLE.move(state(row), Event.FORGOTTEN);
    return attempt == row.getLease().getAttempt()
        ? Step.builder().delete(ROW).build()
        : Step.nothing();
  }

  private static Step.Builder end(RunRow row, RunResult result, long nowMs) {
    RunRow ended =
        row.toBuilder()
            .setState(result.getState())
            .setEndedMs(nowMs)
            .setResult(result)
            .clearWaitsFor()
            .build();
    RunForget forget = RunForget.newBuilder().setAttempt(row.getLease().getAttempt()).build();
    Step.Builder step =
        Step.builder()
            .put(ROW, ended.toByteArray())
            .cancelTimer(EXPIRED_TIMER)
            .cancelTimer(OVERRAN_TIMER)
            .timer(
                FORGET_TIMER,
                nowMs + KEPT_MS,
                RunEvent.newBuilder().setForget(forget).build().toByteArray());
    Machines.leave(step, row.getLease());
    Machines.report(step, report(ended));
    return step;
  }

  /** Ends what was not started; where an attempt before may have done it, nobody knows. */
  private static Step.Builder leave(RunRow row, Event event, RunResult left, long nowMs) {
    RunResult.Builder result = left.toBuilder();
    if (row.getInDoubt()) {
      result.setState(ExecutionState.OUTCOME_UNKNOWN);
    }
    TABLE.move(RunState.ACCEPTED, event, RunState.of(result.getState()));
    return end(row, result.build(), nowMs);
  }

  private static RunResult failure(ExecutionState state, ErrorCode code) {
    return RunResult.newBuilder().setState(state).setError(code.number()).build();
  }

  private static ExecutionReport report(RunRow row) {
    RunResult result = row.getResult();
    ExecutionReport.Builder report =
        ExecutionReport.newBuilder()
            .setExecution(row.getLease().getExecution())
            .setAttempt(row.getLease().getAttempt())
            .setState(row.getState())
            .setError(result.getError())
            .setWaitsFor(row.getWaitsFor())
            .addAllFields(result.getFieldsList())
            .setRecord(result.getRecord());
    if (result.hasMeasures()) {
      report.setMeasures(result.getMeasures());
    }
    return report.build();
  }

  private static RunState state(RunRow row) {
    return RunState.of(row.getState());
  }
}
