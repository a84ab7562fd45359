package dev.drover.hub.core;

import dev.drover.hub.v1.DropTargetGroup;
import dev.drover.hub.v1.OpenJobRow;
import dev.drover.hub.v1.ReserveJob;
import dev.drover.hub.v1.SaveTargetGroup;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.v1.HubAction;
import dev.drover.v1.TargetGroup;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import dev.drover.wire.Limits;
import java.util.List;

/**
 * The part of a {@link RegistryMachine} that keeps saved groups of targets, and which open jobs
 * take late joiners from them. Pure.
 */
final class TargetGroups {
  private TargetGroups() {}

  /** Saves a group under its name, in the place of the one that had it. */
  static void save(RowReader own, Step.Builder step, SaveTargetGroup save, long nowMs) {
    TargetGroup group = save.getGroup();
    Ids.requireId("A group's name", group.getName());
    Selector.parse(group.getSelector());
    boolean fresh = RegistryRows.targetGroup(own, group.getName()).isEmpty();
    if (fresh && RegistryRows.targetGroups(own).size() >= Limits.TARGET_GROUPS_MAX) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED,
          "There are " + Limits.TARGET_GROUPS_MAX + " saved groups, which is the most.");
    }
    TargetGroup row = group.toBuilder().clearMembers().setSavedMs(nowMs).build();
    step.put(RegistryRows.TARGET_GROUP + group.getName(), row.toByteArray());
    Statements.send(
        step,
        own.key(),
        Statements.of(HubAction.TARGET_GROUP_SAVED, group.getSavedBy(), group.getName()),
        save.getRequestSha256(),
        nowMs);
  }

  /** Removes a group that no open job takes its late joiners from. */
  static void drop(RowReader own, Step.Builder step, DropTargetGroup drop, long nowMs) {
    if (RegistryRows.targetGroup(own, drop.getName()).isEmpty()) {
      throw unknown(drop.getName());
    }
    for (Row row : own.scan(RegistryRows.OPEN_JOB, Limits.CONTINUOUS_JOBS_MAX)) {
      OpenJobRow open = StoredRows.parse(row.name(), row.value(), OpenJobRow.parser());
      if (open.getTargetGroupsList().contains(drop.getName())) {
        String job = row.name().substring(RegistryRows.OPEN_JOB.length());
        throw new DroverException(
                ErrorCode.ILLEGAL_TRANSITION,
                "Job " + job + " takes late joiners from the group " + drop.getName() + ".")
            .withNextStep("Wait until the job has ended, or cancel it: drover job cancel " + job);
      }
    }
    step.delete(RegistryRows.TARGET_GROUP + drop.getName());
    Statements.send(
        step,
        own.key(),
        Statements.of(HubAction.TARGET_GROUP_REMOVED, drop.getOperator(), drop.getName()),
        drop.getRequestSha256(),
        nowMs);
  }

  /** Notes what a job that is given its number takes its targets from. */
  static void reserve(
      RowReader own, Step.Builder step, String job, ReserveJob reserve, long nowMs) {
    for (String group : reserve.getTargetGroupsList()) {
      if (RegistryRows.targetGroup(own, group).isEmpty()) {
        throw unknown(group);
      }
    }
    open(own, step, job, reserve, nowMs);
  }

  /** Notes that a job takes late joiners, if it does. */
  static void open(RowReader own, Step.Builder step, String job, ReserveJob reserve, long nowMs) {
    if (!reserve.getContinuous() || own.get(RegistryRows.OPEN_JOB + job) != null) {
      return;
    }
    int open = own.scan(RegistryRows.OPEN_JOB, Limits.CONTINUOUS_JOBS_MAX).size();
    if (open >= Limits.CONTINUOUS_JOBS_MAX) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED,
          "There are " + open + " open jobs that take late joiners, which is the most.");
    }
    OpenJobRow row =
        OpenJobRow.newBuilder()
            .setReservedMs(nowMs)
            .addAllTargetGroups(reserve.getTargetGroupsList())
            .build();
    step.put(RegistryRows.OPEN_JOB + job, row.toByteArray());
  }

  static void closed(RowReader own, Step.Builder step, List<String> jobs) {
    for (String job : jobs) {
      if (own.get(RegistryRows.OPEN_JOB + job) != null) {
        step.delete(RegistryRows.OPEN_JOB + job);
      }
    }
  }

  private static DroverException unknown(String name) {
    return new DroverException(ErrorCode.NOT_FOUND, "There is no saved group " + name + ".")
        .withNextStep("See the saved groups: drover group ls");
  }
}
