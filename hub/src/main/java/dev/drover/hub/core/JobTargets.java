package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.hub.v1.AddLateTargets;
import dev.drover.hub.v1.AddTargets;
import dev.drover.hub.v1.BuildExpired;
import dev.drover.hub.v1.CreateJob;
import dev.drover.hub.v1.DeadlinePassed;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.LateTargetsAdded;
import dev.drover.hub.v1.TargetRow;
import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupState;
import dev.drover.v1.HubAction;
import dev.drover.v1.JobSpec;
import dev.drover.v1.TargetSelection;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;

/** The part of a {@link JobMachine} that creates a job and adds its targets. Pure. */
final class JobTargets {
  private static final String BUILD_TIMER = "build";
  private static final byte[] PRESENT = {1};

  private JobTargets() {}

  static void create(JobChange change, CreateJob create) {
    if (change.state() != JobMachine.State.NONE) {
      if (!change.row.getRequestSha256().equals(create.getRequestSha256())) {
        throw new DroverException(ErrorCode.ALREADY_EXISTS, "There is another job of this id.");
      }
      if (!change.row.getBuilt()) {
        change.move(JobMachine.Event.CREATE, change.state());
        again(change, create);
      }
      return;
    }
    change.move(JobMachine.Event.CREATE, JobMachine.State.SCHEDULED);
    JobSpec spec = create.getSpec();
    byte[] stored = spec.toByteArray();
    long deadlineMs = change.nowMs + spec.getDeadlineSeconds() * 1000;
    change
        .row
        .setCreatedMs(change.nowMs)
        .setCreatedBy(create.getOperator())
        .setDeadlineMs(deadlineMs)
        .setStartMs(spec.getStartMs())
        .setConcurrency(spec.getConcurrency())
        .setContinuous(spec.getSelection() == TargetSelection.CONTINUOUS)
        .setGroups(create.getGroupSizesCount())
        .setSpecSha256(ByteString.copyFrom(Hashes.sha256(stored)))
        .setRequestSha256(create.getRequestSha256());
    change.step.put(JobRows.SPEC, stored);
    // What each step needs, without what may be long.
    change.step.put(JobRows.ORDER, spec.toBuilder().clearDevices().build().toByteArray());
    list(change, create);
    change.timer(
        JobStop.DEADLINE_TIMER,
        deadlineMs,
        JobEnvelope.newBuilder().setDeadline(DeadlinePassed.getDefaultInstance()));
    buildTimer(change);
    change.state(HubAction.JOB_CREATED, create.getOperator(), create.getRequestSha256());
  }

  /** Goes on with the list that was begun, or takes it back, because devices have moved since. */
  private static void again(JobChange change, CreateJob create) {
    buildTimer(change);
    if (change.row.getTargetsSha256().equals(create.getTargetsSha256())) {
      return;
    }
    if (change.row.getPages() == 0) {
      change.groups.clear();
      list(change, create);
      return;
    }
    int pages = change.row.getPages() - 1;
    for (int number = pages * JobMachine.PAGE_MAX + 1;
        number <= change.row.getTargets();
        number++) {
      change.step.delete(JobRows.joined(change.target(number).getDevice()));
      change.step.delete(JobRows.target(number));
    }
    change.row.setPages(pages).setTargets(pages * JobMachine.PAGE_MAX);
  }

  /** Says how many targets of which list are to come. */
  private static void list(JobChange change, CreateJob create) {
    change.row.setTargetsSha256(create.getTargetsSha256());
    change.step.put(JobRows.PLAN, create.getPlan().toByteArray());
    JobSpec spec = create.getSpec();
    int first = 1;
    for (int i = 0; i < create.getGroupSizesCount(); i++) {
      change.groups.add(group(spec, i, create.getGroupSizes(i), first));
      first += create.getGroupSizes(i);
    }
  }

  private static void buildTimer(JobChange change) {
    change.timer(
        BUILD_TIMER,
        change.nowMs + JobMachine.BUILD_MS,
        JobEnvelope.newBuilder().setBuildExpired(BuildExpired.getDefaultInstance()));
  }

  private static GroupRow.Builder group(JobSpec spec, int index, int size, int first) {
    Group.Builder group = Group.newBuilder().setState(GroupState.GROUP_WAITING).setTargets(size);
    Gate gate = Gates.of(spec.getGroupsList(), index);
    if (!gate.equals(Gate.getDefaultInstance())) {
      group.setGate(gate);
    }
    gate.getHealthList().forEach(check -> group.addHealthBuilder());
    return GroupRow.newBuilder().setGroup(group).setFirst(first).setNext(first);
  }

  static void add(JobChange change, AddTargets add) {
    if (change.row.getBuilt()) {
      return;
    }
    change.move(JobMachine.Event.ADD_TARGETS, change.state());
    if (!add.getTargetsSha256().equals(change.row.getTargetsSha256())) {
      throw new DroverException(
          ErrorCode.ILLEGAL_TRANSITION, "The page is of another list than is being added.");
    }
    if (add.getPage() < change.row.getPages()) {
      return;
    }
    int after = change.row.getTargets() + add.getDevicesCount();
    boolean fits =
        add.getDevicesCount() <= JobMachine.PAGE_MAX && after <= change.forward().targets();
    if (add.getPage() > change.row.getPages() || !fits) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "The page of targets does not follow or has too many.");
    }
    for (String device : add.getDevicesList()) {
      int number = change.row.getTargets() + 1;
      put(change, TargetRow.newBuilder().setDevice(device).setGroup(change.groupOf(number)));
    }
    change.row.setPages(change.row.getPages() + 1);
  }

  /** Adds a target behind the last one. */
  static void put(JobChange change, TargetRow.Builder target) {
    int number = change.row.getTargets() + 1;
    change.row.setTargets(number);
    change.putTarget(number, target.build());
    if (change.row.getContinuous() && target.getOf() == 0) {
      change.step.put(JobRows.joined(target.getDevice()), PRESENT);
    }
  }

  static void complete(JobChange change) {
    if (change.row.getBuilt()) {
      return;
    }
    if (change.state() == JobMachine.State.SCHEDULED
        && change.row.getTargets() != change.forward().targets()) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "Targets are missing; add every page first.");
    }
    change.row.setBuilt(true);
    change.step.cancelTimer(BUILD_TIMER);
    JobApproval.begin(change, JobMachine.Event.TARGETS_COMPLETE);
  }

  static void buildExpired(JobChange change) {
    if (!change.row.getBuilt()) {
      change.move(JobMachine.Event.BUILD_EXPIRED, JobMachine.State.FAILED);
      JobStop.begin(change, true, JobCauses.NOT_BUILT);
    }
  }

  /** Adds late joiners to the last group, so that its gate, rate and slots hold for them. */
  static void addLate(JobChange change, AddLateTargets late) {
    if (!change.row.getContinuous() || !change.row.getBuilt()) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "Only a job with the selection CONTINUOUS that is built takes late joiners.");
    }
    if (late.getDevicesCount() > JobMachine.PAGE_MAX) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "Too many late joiners at once.");
    }
    change.move(JobMachine.Event.ADD_LATE, change.state());
    int last = change.groups.size() - 1;
    Group.Builder group = change.groups.get(last).getGroupBuilder();
    int before = change.row.getTargets();
    for (String device : late.getDevicesList().stream().distinct().toList()) {
      if (change.own.get(JobRows.joined(device)) == null) {
        Limits.check("The number of targets", change.row.getTargets() + 1L, Limits.JOB_DEVICES_MAX);
        put(change, TargetRow.newBuilder().setDevice(device).setGroup(last));
        group.setTargets(group.getTargets() + 1).setEndedMs(0);
      }
    }
    int added = change.row.getTargets() - before;
    change.step.reply(LateTargetsAdded.newBuilder().setAdded(added).build().toByteArray());
    if (added > 0 && change.state() == JobMachine.State.RUNNING) {
      JobGrants.grantWhatFits(change);
    }
  }
}
