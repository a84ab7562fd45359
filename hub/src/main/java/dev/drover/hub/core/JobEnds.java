package dev.drover.hub.core;

import dev.drover.hub.v1.AttemptRow;
import dev.drover.hub.v1.DoneRow;
import dev.drover.hub.v1.ExecutionEnded;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.Pump;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.wire.JobStates;
import java.util.Optional;

/** The part of a {@link JobMachine} that takes how executions ended. Pure. */
final class JobEnds {
  /** Highest number of an attempt; the wire takes no higher one. */
  static final int ATTEMPT_NUMBER_MAX = 100;

  private JobEnds() {}

  static void ended(JobChange change, ExecutionEnded ended) {
    int target = ended.getTarget();
    Optional<AttemptRow> found = JobRows.flight(change.own, target);
    if (found.isEmpty()) {
      late(change, ended);
    } else {
      AttemptRow attempt = found.get();
      boolean its = isEnd(ended) && attempt.getAttempt() == ended.getAttempt();
      if (its && !attempt.getWaiting() && !attempt.getHeld()) {
        change.fly(target, -1);
        landed(change, ended, attempt);
      } else if (its && attempt.getWaiting() && ended.getLate()) {
        lateWhileWaiting(change, ended, attempt);
      }
    }
    JobProgress.settle(change, JobMachine.Event.ENDED);
  }

  private static boolean isEnd(ExecutionEnded ended) {
    return switch (ended.getState()) {
      case SUCCEEDED, FAILED, REJECTED, OUTCOME_UNKNOWN, CANCELLED, UNREACHABLE, TIMED_OUT -> true;
      default -> false;
    };
  }

  private static void landed(JobChange change, ExecutionEnded ended, AttemptRow attempt) {
    int target = ended.getTarget();
    boolean goesOn =
        change.state() == JobMachine.State.RUNNING || change.state() == JobMachine.State.PAUSED;
    boolean takenBack =
        ended.getState() == ExecutionState.CANCELLED
            && attempt.getRevoked()
            && ended.getAttempt() < ATTEMPT_NUMBER_MAX;
    if (attempt.getGivenUp()) {
      change.delete(JobRows.flight(target));
      givenUp(change, ended);
    } else if (takenBack && goesOn) {
      hold(change, target, attempt);
    } else if (JobRetries.may(change, ended, attempt)) {
      JobRetries.waitFor(change, ended, attempt);
    } else {
      change.delete(JobRows.flight(target));
      succeeded(change, ended);
      countForGood(change, target, ended.getState(), isUnsure(ended));
      JobRollback.endedForGood(change, ended);
    }
  }

  /** The attempt that is to be tried again ended otherwise than was thought. */
  private static void lateWhileWaiting(JobChange change, ExecutionEnded ended, AttemptRow attempt) {
    if (JobRetries.matches(change, ended)) {
      JobRetries.rewrite(change, ended, attempt);
      return;
    }
    JobRetries.drop(change, ended.getTarget(), attempt);
    succeeded(change, ended);
    countForGood(change, ended.getTarget(), ended.getState(), isUnsure(ended));
  }

  /** Its group has counted it as unreachable; what the device says is the truth. */
  private static void givenUp(JobChange change, ExecutionEnded ended) {
    switch (ended.getState()) {
      case CANCELLED -> {}
      case UNREACHABLE -> unsure(change, ended.getTarget(), isUnsure(ended) ? 1 : 0);
      default -> {
        change.count(ended.getTarget(), ExecutionState.UNREACHABLE, -1);
        succeeded(change, ended);
        countForGood(change, ended.getTarget(), ended.getState(), isUnsure(ended));
      }
    }
  }

  private static void hold(JobChange change, int target, AttemptRow attempt) {
    AttemptRow held = attempt.toBuilder().setRevoked(false).setHeld(true).build();
    change.putFlight(target, held);
    change.step.put(JobRows.held(target), held.toByteArray());
    change.hold(target, 1);
    if (change.state() == JobMachine.State.RUNNING) {
      change.sendSelf(JobEnvelope.newBuilder().setPump(Pump.getDefaultInstance()));
    }
  }

  /** What was counted as unreachable or timed out was otherwise; nothing is decided anew. */
  private static void late(JobChange change, ExecutionEnded ended) {
    boolean known = ended.getTarget() >= 1 && ended.getTarget() <= change.row.getTargets();
    if (!ended.getLate() || !isEnd(ended) || !known) {
      return;
    }
    Group group = change.groups.get(change.groupOf(ended.getTarget())).getGroup();
    boolean timedOut = ended.getToldBefore() == ExecutionState.TIMED_OUT;
    if ((timedOut ? group.getTimedOut() : group.getUnreachable()) > 0) {
      change.count(
          ended.getTarget(), timedOut ? ExecutionState.TIMED_OUT : ExecutionState.UNREACHABLE, -1);
      unsure(change, ended.getTarget(), -1);
      succeeded(change, ended);
      countForGood(change, ended.getTarget(), ended.getState(), isUnsure(ended));
      if (JobStates.isTerminal(change.row.getState())) {
        change.row.setCause(JobCauses.spokenSince(change.row.getCause()));
      }
    }
  }

  /** Counts how an execution ended for good. */
  static void countForGood(JobChange change, int target, ExecutionState state, boolean unsure) {
    change.count(target, state, 1);
    unsure(change, target, unsure ? 1 : 0);
  }

  private static void unsure(JobChange change, int target, int by) {
    boolean forward = !change.groups.get(change.groupOf(target)).getGroup().getRollback();
    if (forward) {
      change.row.setUnsure(Math.max(0, change.row.getUnsure() + by));
    }
  }

  static boolean isUnsure(ExecutionEnded ended) {
    return switch (ended.getState()) {
      case TIMED_OUT, OUTCOME_UNKNOWN -> true;
      case UNREACHABLE -> ended.getSent();
      default -> false;
    };
  }

  /** Remembers which devices the job has changed, and what they measured. */
  private static void succeeded(JobChange change, ExecutionEnded ended) {
    if (ended.getState() != ExecutionState.SUCCEEDED) {
      return;
    }
    int number = ended.getTarget();
    if (change.groups.get(change.groupOf(number)).getGroup().getRollback()) {
      change.delete(JobRows.done(change.target(number).getOf()));
      return;
    }
    JobHealth.measured(change, ended);
    JobRate.succeeded(change);
    if (change.spec().getTask().hasInstall()) {
      change.step.put(JobRows.done(number), DoneRow.getDefaultInstance().toByteArray());
      JobRollback.changedLate(change, number);
    }
  }
}
