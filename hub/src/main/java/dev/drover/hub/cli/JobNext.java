package dev.drover.hub.cli;

import dev.drover.v1.Group;
import dev.drover.v1.Job;
import java.util.HexFormat;

/** What an operator can do about a job in its state, as commands. */
final class JobNext {
  private JobNext() {}

  /** Returns what can be done, or nothing where nothing need be. */
  static String of(Job job) {
    boolean installs = job.getSpec().getTask().hasInstall();
    return switch (job.getState()) {
      case JOB_WAITING_FOR_APPROVAL ->
          "another operator reads "
              + command("show", job, " --json")
              + " and says "
              + command("approve", job, " --spec " + hash(job))
              + ", or deny in place of approve";
      case JOB_SCHEDULED -> command("cancel", job, "") + " stops it before it starts";
      case JOB_RUNNING ->
          command("pause", job, "")
              + " holds what did not start"
              + (installs ? ", rollback brings changed devices back" : "")
              + ", cancel ends it";
      case JOB_PAUSED ->
          command("resume", job, "")
              + ", or "
              + (installs ? "rollback or cancel" : "cancel")
              + " in place of resume";
      case JOB_ROLLING_BACK ->
          "wait; " + command("cancel", job, "") + " leaves the others as they are";
      case JOB_SUCCEEDED_WITH_FAILURES, JOB_FAILED, JOB_ABORTED, JOB_CANCELLED, JOB_EXPIRED ->
          installs ? afterwards(job) : "";
      case JOB_SUCCEEDED, JOB_ROLLED_BACK, JOB_STATE_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }

  private static String afterwards(Job job) {
    int forward = 0;
    int back = 0;
    int stay = 0;
    for (Group group : job.getGroupsList()) {
      if (group.getRollback()) {
        back += group.getSucceeded();
        stay = group.getNothingBefore();
      } else {
        forward += group.getSucceeded();
      }
    }
    if (forward > back + stay) {
      return command("rollback", job, "") + " brings back the devices that have the release";
    }
    return forward > back
        ? "publish another release and roll it out: devices that have this one had none before"
        : "";
  }

  private static String command(String verb, Job job, String options) {
    String noun = job.getSpec().getTask().hasInstall() ? "rollout" : "job";
    return "`drover " + noun + " " + verb + " " + job.getJob() + options + "`";
  }

  private static String hash(Job job) {
    String hash = HexFormat.of().formatHex(job.getSpecSha256().toByteArray());
    return hash.substring(0, Math.min(JobView.HASH_CHARS, hash.length()));
  }
}
