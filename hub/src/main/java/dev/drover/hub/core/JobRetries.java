package dev.drover.hub.core;

import dev.drover.hub.v1.AttemptRow;
import dev.drover.hub.v1.ExecutionEnded;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.RetryDue;
import dev.drover.v1.RetrySpec;
import dev.drover.wire.ErrorCode;

/** The part of a {@link JobMachine} that decides what is tried again, and when. Pure. */
final class JobRetries {
  private static final int DOUBLINGS_MAX = 40;
  private static final int SHARES = 1 << 10;

  private JobRetries() {}

  static boolean may(JobChange change, ExecutionEnded ended, AttemptRow attempt) {
    boolean goesOn =
        switch (change.state()) {
          case RUNNING, PAUSED -> true;
          // An earlier roll-back was stopped, and the present one has its devices again.
          case ROLLING_BACK -> change.groupOf(ended.getTarget()) == change.groups.size() - 1;
          default -> false;
        };
    return goesOn
        && matches(change, ended)
        && attempt.getEnds() + 1 < change.spec().getRetry().getAttempts()
        && ended.getAttempt() < JobEnds.ATTEMPT_NUMBER_MAX
        && change.nowMs + waitMs(change, ended, attempt) < change.row.getDeadlineMs();
  }

  /** Returns whether what ended so is worth another attempt. */
  static boolean matches(JobChange change, ExecutionEnded ended) {
    RetrySpec retry = change.spec().getRetry();
    boolean repeatable =
        switch (ended.getState()) {
          case FAILED, REJECTED -> true;
          case UNREACHABLE, TIMED_OUT ->
              !ended.getRisky() && ended.getError() != ErrorCode.CERTIFICATE_REVOKED.number();
          default -> false;
        };
    if (!repeatable) {
      return false;
    }
    ErrorCode code = ErrorCode.ofNumber(ended.getError());
    if (retry.getErrorsCount() > 0) {
      return ended.getError() != 0 && retry.getErrorsList().contains(code.name());
    }
    return ended.getError() == 0 || code.retryable();
  }

  private static long waitMs(JobChange change, ExecutionEnded ended, AttemptRow attempt) {
    String execution = ExecutionRows.id(change.job(), ended.getTarget());
    return waitMs(change.spec().getRetry(), attempt.getEnds(), execution);
  }

  /**
   * Returns how long to wait before an attempt: doubled for each end before the last one up to the
   * maximum, less a share that depends on the execution's id, because a machine has no randomness.
   *
   * @param endsBefore attempts that ended before the one that has just ended
   */
  static long waitMs(RetrySpec retry, int endsBefore, String execution) {
    long wholeMs = retry.getBackoffSeconds() * 1000;
    long maxMs = retry.getBackoffMaxSeconds() * 1000;
    if (maxMs > 0) {
      for (int i = 0; i < Math.min(endsBefore, DOUBLINGS_MAX) && wholeMs < maxMs; i++) {
        wholeMs *= 2;
      }
      wholeMs = Math.min(wholeMs, maxMs);
    }
    int hash = execution.hashCode() * 31 + endsBefore;
    int share = Math.floorMod(((hash ^ (hash >>> 15)) * 0x2c1b3c6d) >>> 12, SHARES);
    return wholeMs - wholeMs * retry.getJitterPercent() / 100 * share / SHARES;
  }

  static void waitFor(JobChange change, ExecutionEnded ended, AttemptRow attempt) {
    long dueMs = change.nowMs + waitMs(change, ended, attempt);
    AttemptRow waiting =
        AttemptRow.newBuilder()
            .setAttempt(ended.getAttempt())
            .setEnds(attempt.getEnds() + 1)
            .setWaiting(true)
            .setLast(ended.getState())
            .setUnsure(JobEnds.isUnsure(ended))
            .setDueMs(dueMs)
            .build();
    change.putFlight(ended.getTarget(), waiting);
    change.step.put(JobRows.retry(dueMs, ended.getTarget()), waiting.toByteArray());
    change.row.setRetriesWaiting(change.row.getRetriesWaiting() + 1);
    long timerMs = change.row.getRetryTimerMs();
    // A job that goes on again looks for what is due.
    boolean paused = change.state() == JobMachine.State.PAUSED;
    if (!paused && (timerMs == 0 || dueMs < timerMs)) {
      timer(change, dueMs);
    }
  }

  /** Notes that an attempt which waits to be tried again had ended otherwise. */
  static void rewrite(JobChange change, ExecutionEnded ended, AttemptRow waiting) {
    AttemptRow otherwise =
        waiting.toBuilder().setLast(ended.getState()).setUnsure(JobEnds.isUnsure(ended)).build();
    change.putFlight(ended.getTarget(), otherwise);
    change.step.put(JobRows.retry(waiting.getDueMs(), ended.getTarget()), otherwise.toByteArray());
  }

  /** Tries an attempt no more. */
  static void drop(JobChange change, int target, AttemptRow waiting) {
    change.delete(JobRows.flight(target));
    change.delete(JobRows.retry(waiting.getDueMs(), target));
    change.row.setRetriesWaiting(Math.max(0, change.row.getRetriesWaiting() - 1));
  }

  /** Sets the timer for the first attempt that is due. */
  static void timer(JobChange change, long atMs) {
    change.row.setRetryTimerMs(atMs);
    change.timer(
        JobGrants.RETRY_TIMER,
        atMs,
        JobEnvelope.newBuilder().setRetry(RetryDue.getDefaultInstance()));
  }
}
