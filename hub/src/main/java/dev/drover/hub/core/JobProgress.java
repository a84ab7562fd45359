package dev.drover.hub.core;

import dev.drover.hub.v1.AttemptRow;
import dev.drover.hub.v1.ExecutionEnded;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.Grant;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.Pump;
import dev.drover.hub.v1.RetryDue;
import dev.drover.hub.v1.SoakPassed;
import dev.drover.machine.Row;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.Lease;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Optional;

/** The part of a {@link JobMachine} that grants, counts, judges gates and goes on. Pure. */
final class JobProgress {
  /** Most grants of one step. */
  static final int GRANTS_MAX = 256;

  private static final String SOAK_TIMER = "soak/";
  private static final String RETRY_TIMER = "retry";

  private JobProgress() {}

  /** Starts the first group of a job that runs now. */
  static void start(JobChange change) {
    startGroup(change, 0);
    settle(change, JobMachine.Event.PUMP);
  }

  /** Grants what fits, after something else made room. */
  static void pump(JobChange change, JobMachine.Event event) {
    if (change.state() != JobMachine.State.RUNNING) {
      change.move(event, change.state());
      return;
    }
    settle(change, event);
  }

  static void ended(JobChange change, ExecutionEnded ended) {
    int target = ended.getTarget();
    Optional<AttemptRow> flight = JobRows.flight(change.own, target);
    if (flight.isEmpty()) {
      late(change, ended);
    } else if (isEnd(ended)
        && !flight.get().getWaiting()
        && flight.get().getAttempt() == ended.getAttempt()) {
      change.fly(target, -1);
      if (mayRetry(change, ended)) {
        waitForRetry(change, ended);
      } else {
        change.step.delete(JobRows.flight(target));
        change.count(target, ended.getState(), 1);
      }
    }
    pump(change, JobMachine.Event.ENDED);
  }

  private static boolean isEnd(ExecutionEnded ended) {
    return switch (ended.getState()) {
      case SUCCEEDED, FAILED, REJECTED, OUTCOME_UNKNOWN, CANCELLED, UNREACHABLE -> true;
      default -> false;
    };
  }

  /** What was counted as unreachable turned out otherwise; nothing is decided anew. */
  private static void late(JobChange change, ExecutionEnded ended) {
    boolean known = ended.getTarget() >= 1 && ended.getTarget() <= change.row.getTargets();
    if (!ended.getLate() || !isEnd(ended) || !known) {
      return;
    }
    int group = change.groupOf(ended.getTarget());
    if (change.groups.get(group).getGroup().getUnreachable() > 0) {
      change.count(ended.getTarget(), ExecutionState.UNREACHABLE, -1);
      change.count(ended.getTarget(), ended.getState(), 1);
    }
  }

  private static boolean mayRetry(JobChange change, ExecutionEnded ended) {
    long backoffMs = change.spec().getRetry().getBackoffSeconds() * 1000;
    boolean again =
        switch (ended.getState()) {
          case FAILED, REJECTED ->
              ended.getError() == 0 || ErrorCode.ofNumber(ended.getError()).retryable();
          case UNREACHABLE ->
              !ended.getRisky() && ended.getError() != ErrorCode.CERTIFICATE_REVOKED.number();
          default -> false;
        };
    return again
        && change.state() == JobMachine.State.RUNNING
        && ended.getAttempt() < change.spec().getRetry().getAttempts()
        && change.nowMs + backoffMs < change.row.getDeadlineMs();
  }

  private static void waitForRetry(JobChange change, ExecutionEnded ended) {
    long dueMs = change.nowMs + change.spec().getRetry().getBackoffSeconds() * 1000;
    AttemptRow waiting =
        AttemptRow.newBuilder()
            .setAttempt(ended.getAttempt())
            .setWaiting(true)
            .setLast(ended.getState())
            .build();
    change.putFlight(ended.getTarget(), waiting);
    change.step.put(JobRows.retry(dueMs, ended.getTarget()), waiting.toByteArray());
    if (change.row.getRetriesWaiting() == 0) {
      retryTimer(change, dueMs);
    }
    change.row.setRetriesWaiting(change.row.getRetriesWaiting() + 1);
  }

  private static void retryTimer(JobChange change, long atMs) {
    change.timer(
        RETRY_TIMER, atMs, JobEnvelope.newBuilder().setRetry(RetryDue.getDefaultInstance()));
  }

  /** Grants the next attempts that are due and fit. */
  static void retryDue(JobChange change) {
    if (change.state() != JobMachine.State.RUNNING) {
      change.move(JobMachine.Event.RETRY, change.state());
      return;
    }
    List<Row> rows = change.own.scan(JobRows.RETRY, GRANTS_MAX + 1);
    int granted = 0;
    for (Row row : rows) {
      long dueMs = dueMs(row.name());
      boolean full = change.row.getInFlight() >= change.row.getConcurrency();
      if (dueMs > change.nowMs || full || granted == GRANTS_MAX) {
        // Full: room comes with an end, and every end is no later than a moment from now.
        retryTimer(change, full ? change.nowMs + 1000 : Math.max(dueMs, change.nowMs));
        break;
      }
      int target = (int) StoredRows.numberAtEnd(row.name());
      AttemptRow waiting = StoredRows.parse(row.name(), row.value(), AttemptRow.parser());
      change.step.delete(row.name());
      change.row.setRetriesWaiting(change.row.getRetriesWaiting() - 1);
      grant(change, target, waiting.getAttempt() + 1);
      granted++;
    }
    settle(change, JobMachine.Event.RETRY);
  }

  private static long dueMs(String row) {
    String due = row.substring(JobRows.RETRY.length(), row.lastIndexOf('/'));
    return Long.parseLong(due);
  }

  static void soaked(JobChange change, int index) {
    boolean runs = change.state() == JobMachine.State.RUNNING;
    if (runs && index < change.groups.size()) {
      Group.Builder group = change.groups.get(index).getGroupBuilder();
      if (group.getState() == GroupState.GROUP_SOAKING) {
        pass(change, index);
      }
    }
    pump(change, JobMachine.Event.SOAKED);
  }

  /** Judges the gates, starts what may start, grants what fits, and ends the job if it is done. */
  private static void settle(JobChange change, JobMachine.Event event) {
    for (int i = 0; i < change.groups.size(); i++) {
      Group group = change.groups.get(i).getGroup();
      boolean started = group.getState() != GroupState.GROUP_WAITING;
      if (started && Gates.hasFailed(group)) {
        failGate(change, event, i);
        return;
      }
      if (group.getState() == GroupState.GROUP_RUNNING) {
        switch (Gates.judge(group)) {
          case PASS -> soakOrPass(change, i);
          case FAIL -> {
            failGate(change, event, i);
            return;
          }
          case WAIT -> {}
        }
      }
    }
    boolean done =
        change.row.getGroup() == change.groups.size() && change.ended() == change.targets();
    if (!done) {
      change.move(event, JobMachine.State.RUNNING);
      grantWhatFits(change);
      return;
    }
    boolean all = change.succeeded() == change.targets();
    JobMachine.State some =
        change.succeeded() == 0
            ? JobMachine.State.FAILED
            : JobMachine.State.SUCCEEDED_WITH_FAILURES;
    change.move(event, all ? JobMachine.State.SUCCEEDED : some);
    JobStop.finish(change, JobCauses.done(change));
  }

  private static void soakOrPass(JobChange change, int index) {
    Group.Builder group = change.groups.get(index).getGroupBuilder();
    long soakMs = group.getGate().getSoakSeconds() * 1000;
    if (soakMs == 0 || group.getTargets() == 0) {
      pass(change, index);
      return;
    }
    group.setState(GroupState.GROUP_SOAKING);
    SoakPassed soaked = SoakPassed.newBuilder().setGroup(index).build();
    change.timer(
        SOAK_TIMER + index, change.nowMs + soakMs, JobEnvelope.newBuilder().setSoak(soaked));
  }

  private static void pass(JobChange change, int index) {
    change.groups.get(index).getGroupBuilder().setState(GroupState.GROUP_PASSED);
    change.row.setGroup(index + 1);
    if (index + 1 < change.groups.size()) {
      startGroup(change, index + 1);
    }
  }

  private static void startGroup(JobChange change, int index) {
    change
        .groups
        .get(index)
        .getGroupBuilder()
        .setState(GroupState.GROUP_RUNNING)
        .setStartedMs(change.nowMs);
  }

  private static void failGate(JobChange change, JobMachine.Event event, int index) {
    change.groups.get(index).getGroupBuilder().setState(GroupState.GROUP_FAILED);
    change.move(event, JobMachine.State.FAILED);
    JobStop.begin(change, false, JobCauses.gateFailed(change, index));
  }

  private static void grantWhatFits(JobChange change) {
    int granted = 0;
    for (int i = 0; i < change.groups.size() && i <= change.row.getGroup(); i++) {
      GroupRow.Builder group = change.groups.get(i);
      int end = group.getFirst() + group.getGroup().getTargets();
      while (group.getNext() < end
          && granted < GRANTS_MAX
          && change.row.getInFlight() < change.row.getConcurrency()) {
        int target = group.getNext();
        group.setNext(target + 1);
        group.getGroupBuilder().setGranted(group.getGroup().getGranted() + 1);
        grant(change, target, 1);
        granted++;
      }
    }
    if (granted == GRANTS_MAX) {
      change.sendSelf(JobEnvelope.newBuilder().setPump(Pump.getDefaultInstance()));
    }
  }

  private static void grant(JobChange change, int target, int attempt) {
    JobRows.Target to = JobRows.targets(change.own, target, 1).get(0);
    long deadlineMs = change.row.getDeadlineMs();
    long leaseMs = change.spec().getLeaseSeconds() * 1000;
    Lease lease =
        Lease.newBuilder()
            .setJob(change.job())
            .setExecution(ExecutionRows.id(change.job(), target))
            .setAttempt(attempt)
            .setNotBeforeMs(change.nowMs)
            .setExpiresMs(Math.min(change.nowMs + leaseMs, deadlineMs))
            .setDeadlineMs(deadlineMs)
            .setTask(change.spec().getTask())
            .build();
    Grant grant = Grant.newBuilder().setLease(lease).setTarget(target).setGroup(to.group()).build();
    change.step.send(
        MachineKeys.EXECUTION,
        MachineKeys.of(change.tenant(), to.device()),
        ExecutionEnvelope.newBuilder().setGrant(grant).build().toByteArray());
    change.putFlight(target, AttemptRow.newBuilder().setAttempt(attempt).build());
    change.fly(target, 1);
  }
}
