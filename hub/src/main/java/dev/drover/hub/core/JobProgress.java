package dev.drover.hub.core;

import dev.drover.hub.v1.GroupDeadline;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.SoakPassed;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.HubAction;

/** The part of a {@link JobMachine} that judges, starts groups, goes on and is done. Pure. */
final class JobProgress {
  private static final String SOAK_TIMER = "soak/";
  private static final String GROUP_TIMER = "group/";

  private JobProgress() {}

  /** Starts the first group of a job that runs now. */
  static void start(JobChange change) {
    JobRate.start(change);
    startGroup(change, 0);
    passGroups(change);
    JobGrants.grantWhatFits(change);
  }

  /** Judges, starts what may start, grants what fits, and ends the job if it is done. */
  static void settle(JobChange change, JobMachine.Event event) {
    switch (change.state()) {
      case RUNNING -> run(change, event);
      case PAUSED -> {
        JobRules.Stop stop = JobRules.judge(change);
        if (stop == null) {
          change.move(event, JobMachine.State.PAUSED);
        } else {
          obey(change, event, stop);
        }
      }
      case ROLLING_BACK -> JobRollback.settle(change, event);
      default -> change.move(event, change.state());
    }
  }

  private static void run(JobChange change, JobMachine.Event event) {
    JobRules.Stop stop = JobRules.judge(change);
    if (stop != null) {
      obey(change, event, stop);
    } else {
      goOn(change, event);
    }
  }

  /** Goes on with a job that nothing stops. */
  static void goOn(JobChange change, JobMachine.Event event) {
    passGroups(change);
    JobCounts counts = change.forward();
    boolean passed = change.row.getGroup() == change.groups.size();
    if (passed && counts.ended() == counts.targets() && !change.row.getContinuous()) {
      finish(change, event, counts);
    } else {
      change.move(event, JobMachine.State.RUNNING);
      JobGrants.grantWhatFits(change);
    }
  }

  /** Ends a job of which every execution ended. */
  static void finish(JobChange change, JobMachine.Event event, JobCounts counts) {
    JobMachine.State some =
        counts.succeeded() == 0
            ? JobMachine.State.FAILED
            : JobMachine.State.SUCCEEDED_WITH_FAILURES;
    boolean all = counts.succeeded() == counts.targets();
    change.move(event, all ? JobMachine.State.SUCCEEDED : some);
    JobStop.finish(change, JobCauses.done(counts));
  }

  /** Does what a gate or a rule says. */
  private static void obey(JobChange change, JobMachine.Event event, JobRules.Stop stop) {
    boolean paused = change.state() == JobMachine.State.PAUSED;
    switch (stop.action()) {
      case PAUSE -> {
        change.move(event, JobMachine.State.PAUSED);
        if (paused && change.row.getPausedByRule()) {
          return;
        }
        change.row.setPausedByRule(true).setStopCause(stop.cause());
        if (!paused) {
          JobPause.begin(change);
        }
      }
      case ROLL_BACK -> {
        fail(change, stop.group());
        change.move(event, JobMachine.State.ROLLING_BACK);
        JobRollback.begin(change, stop.cause());
      }
      case ABORT, UNRECOGNIZED -> {
        fail(change, stop.group());
        change.move(event, JobMachine.State.ABORTED);
        JobStop.begin(change, false, stop.cause());
      }
    }
    change.state(HubAction.JOB_STOPPED_BY_RULE, Statements.HUB, change.row.getRequestSha256());
  }

  private static void fail(JobChange change, int group) {
    if (group >= 0) {
      change.groups.get(group).getGroupBuilder().setState(GroupState.GROUP_FAILED);
    }
  }

  private static void passGroups(JobChange change) {
    for (int i = 0; i < change.groups.size(); i++) {
      GroupRow.Builder row = change.groups.get(i);
      boolean open = change.row.getContinuous() && i == change.groups.size() - 1;
      GroupState state = row.getGroup().getState();
      boolean holds = Gates.judge(row.getGroup(), row.getClosed()) == Gates.Verdict.PASS;
      if (open) {
        continue;
      }
      if (state == GroupState.GROUP_SOAKING && change.nowMs >= row.getSoakUntilMs()) {
        // What ended meanwhile may have made it too few again.
        row.getGroupBuilder().setState(GroupState.GROUP_RUNNING);
        if (holds) {
          pass(change, i);
        }
      } else if (state == GroupState.GROUP_RUNNING && holds) {
        soakOrPass(change, i);
      }
    }
  }

  private static void soakOrPass(JobChange change, int index) {
    GroupRow.Builder row = change.groups.get(index);
    long soakMs = row.getGroup().getGate().getSoakSeconds() * 1000;
    if (soakMs == 0 || row.getGroup().getTargets() == 0) {
      pass(change, index);
      return;
    }
    row.setSoakUntilMs(change.nowMs + soakMs);
    row.getGroupBuilder().setState(GroupState.GROUP_SOAKING);
    SoakPassed soaked = SoakPassed.newBuilder().setGroup(index).build();
    change.timer(
        SOAK_TIMER + index, row.getSoakUntilMs(), JobEnvelope.newBuilder().setSoak(soaked));
  }

  private static void pass(JobChange change, int index) {
    Group.Builder group = change.groups.get(index).getGroupBuilder();
    group.setState(GroupState.GROUP_PASSED);
    // Where the gate needed only some, the deadline still holds for the others.
    if (isSettled(group)) {
      change.step.cancelTimer(GROUP_TIMER + index);
    }
    change.row.setGroup(index + 1);
    if (index + 1 < change.groups.size()) {
      startGroup(change, index + 1);
    }
  }

  private static void startGroup(JobChange change, int index) {
    Group.Builder group = change.groups.get(index).getGroupBuilder();
    group.setState(GroupState.GROUP_RUNNING).setStartedMs(change.nowMs);
    long deadlineSeconds = group.getGate().getDeadlineSeconds();
    if (deadlineSeconds > 0) {
      group.setDeadlineMs(change.nowMs + deadlineSeconds * 1000);
      groupTimer(change, index);
    }
  }

  private static void groupTimer(JobChange change, int index) {
    change.timer(
        GROUP_TIMER + index,
        change.groups.get(index).getGroup().getDeadlineMs(),
        JobEnvelope.newBuilder().setGroupDeadline(GroupDeadline.newBuilder().setGroup(index)));
  }

  /** Puts the deadlines of groups off by the time in which nothing could start. */
  static void putOff(JobChange change, long byMs) {
    for (int i = 0; i < change.groups.size(); i++) {
      Group.Builder group = change.groups.get(i).getGroupBuilder();
      // Where all ended its gate may still wait for figures.
      boolean over = group.getState() == GroupState.GROUP_PASSED && isSettled(group);
      boolean open = isStarted(group) && !over && !change.groups.get(i).getClosed();
      if (open && group.getDeadlineMs() > 0) {
        group.setDeadlineMs(group.getDeadlineMs() + byMs);
        groupTimer(change, i);
      }
    }
  }

  /** Whether devices of a group may be at it, also those that its gate did not wait for. */
  private static boolean isStarted(Group.Builder group) {
    return switch (group.getState()) {
      case GROUP_RUNNING, GROUP_SOAKING, GROUP_PASSED -> true;
      default -> false;
    };
  }

  private static boolean isSettled(Group.Builder group) {
    return Gates.settled(group.build()) == group.getTargets();
  }

  /** Counts what has not ended of a group as unreachable, and takes it back. */
  static void groupDeadline(JobChange change, int index) {
    GroupRow.Builder row = change.groups.get(index);
    Group.Builder group = row.getGroupBuilder();
    boolean early = change.nowMs < group.getDeadlineMs();
    if (isStarted(group) && !early && !row.getClosed()) {
      row.setClosed(true);
      int untouched = row.getFirst() + group.getTargets() - row.getNext();
      row.setNext(row.getNext() + untouched);
      group.setUnreachable(group.getUnreachable() + untouched);
      if (!isSettled(group)) {
        JobStop.sweepGroup(change, index);
      }
    }
    settle(change, JobMachine.Event.GROUP_DEADLINE);
  }
}
