package dev.drover.hub.core;

import dev.drover.hub.v1.AttemptRow;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobRow;
import dev.drover.hub.v1.TargetRow;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.PlacementPlan;
import dev.drover.wire.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the rows of a {@link JobMachine}. Pure. */
public final class JobRows {
  static final String JOB = "job";
  static final String SPEC = "spec";
  static final String ORDER = "order";
  static final String PLAN = "plan";
  static final String GROUP = "g/";
  static final String TARGET = "t/";
  static final String FLIGHT = "f/";
  static final String RETRY = "r/";
  static final String HELD = "h/";
  static final String DONE = "d/";
  static final String JOINED = "n/";

  /**
   * A target of a job.
   *
   * @param number from 1 within the job
   * @param device who runs it
   * @param group from 0
   */
  public record Target(int number, String device, int group) {}

  private JobRows() {}

  /** Returns the state of a job, if there is one. */
  public static Optional<JobRow> row(RowReader rows) {
    return StoredRows.find(rows, JOB, JobRow.parser());
  }

  /**
   * Returns a job as operators see it, if there is one.
   *
   * @param withPlan also the plan, which may be long
   */
  public static Optional<Job> job(RowReader rows, boolean withPlan) {
    Optional<JobRow> found = row(rows);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    JobRow row = found.get();
    Job.Builder job =
        Job.newBuilder()
            .setJob(MachineKeys.name(rows.key()))
            .setSpec(spec(rows))
            .setState(row.getState())
            .setCause(row.getCause())
            .setCreatedMs(row.getCreatedMs())
            .setEndedMs(row.getEndedMs())
            .setDeadlineMs(row.getDeadlineMs())
            .setCreatedBy(row.getCreatedBy())
            .setVersion(row.getVersion())
            .addAllApprovals(row.getApprovalsList())
            .setRatePerMinute(row.getRatePerMinute())
            .setWaitsFor(row.getWaitsFor())
            .setSpecSha256(row.getSpecSha256());
    groups(rows).forEach(group -> job.addGroups(group.getGroup()));
    if (withPlan) {
      PlacementPlan none = PlacementPlan.getDefaultInstance();
      job.setPlan(StoredRows.get(rows, PLAN, PlacementPlan.parser(), none));
    }
    return Optional.of(job.build());
  }

  /** Returns targets in order of their numbers, from the given number on. */
  public static List<Target> targets(RowReader rows, int from, int limit) {
    List<Target> targets = new ArrayList<>();
    for (Row row : rows.scan(TARGET, target(from), limit)) {
      TargetRow target = StoredRows.parse(row.name(), row.value(), TargetRow.parser());
      int number = (int) StoredRows.numberAtEnd(row.name());
      targets.add(new Target(number, target.getDevice(), target.getGroup()));
    }
    return targets;
  }

  /** Returns whether a device is a target of a continuous job. */
  public static boolean isTarget(RowReader rows, String device) {
    return rows.get(joined(device)) != null;
  }

  /** Returns what a job was made from; the default where there is none. */
  public static JobSpec spec(RowReader rows) {
    return StoredRows.get(rows, SPEC, JobSpec.parser(), JobSpec.getDefaultInstance());
  }

  /** Returns the specification but for its devices. */
  static JobSpec order(RowReader rows) {
    return StoredRows.find(rows, ORDER, JobSpec.parser()).orElseGet(() -> spec(rows));
  }

  static List<GroupRow> groups(RowReader rows) {
    List<GroupRow> groups = new ArrayList<>();
    for (Row row : rows.scan(GROUP, Limits.JOB_GROUPS_MAX + JobRollback.ROLLBACKS_MAX)) {
      groups.add(StoredRows.parse(row.name(), row.value(), GroupRow.parser()));
    }
    return groups;
  }

  static Optional<AttemptRow> flight(RowReader rows, int target) {
    return StoredRows.find(rows, flight(target), AttemptRow.parser());
  }

  static String group(int index) {
    return GROUP + StoredRows.shortPadded(index);
  }

  static String target(int number) {
    return TARGET + StoredRows.shortPadded(number);
  }

  static String flight(int number) {
    return FLIGHT + StoredRows.shortPadded(number);
  }

  static String held(int number) {
    return HELD + StoredRows.shortPadded(number);
  }

  static String done(int number) {
    return DONE + StoredRows.shortPadded(number);
  }

  static String joined(String device) {
    return JOINED + device;
  }

  static String retry(long dueMs, int number) {
    return RETRY + StoredRows.padded(dueMs) + '/' + StoredRows.shortPadded(number);
  }
}
