package dev.drover.deploy.sim;

import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.crypto.Hashes;
import dev.drover.hub.core.ExecutionRows;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.core.MachineKeys;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Group;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.Task;
import dev.drover.wire.JobStates;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What must hold once nothing breaks any more and everybody had time to talk. */
final class Quiet {
  static final String TERMINAL = "every job reaches a terminal state once the world is quiet";
  static final String COUNTERS = "the hub's counters say what its executions say";
  static final String TRUTH = "what the hub says of an execution is what the device did";
  static final String DELIVERED =
      "what a device has to say reaches the hub once the world is quiet";

  static final String CONFIRMED = "what the hub confirmed to an operator holds";
  static final String PROBE = "once the world is quiet every device does what it is asked";

  private final SimWorld world;

  Quiet(SimWorld world) {
    this.world = world;
  }

  /** Returns whether there is nothing to wait for. */
  boolean reached() {
    boolean up = world.nodes().stream().allMatch(SimNode::up);
    return up
        && world.operator().unanswered() == 0
        && jobs().allMatch(Quiet::isOver)
        && world.agents().stream().allMatch(agent -> waiting(agent) == 0);
  }

  private java.util.stream.Stream<Job> jobs() {
    return world.operator().jobs().stream().map(world.hub()::job).flatMap(Optional::stream);
  }

  private static boolean isOver(Job job) {
    return JobStates.isTerminal(job.getState())
        && job.getGroupsList().stream().allMatch(group -> group.getInFlight() == 0);
  }

  private int waiting(SimAgent agent) {
    if (agent.identity().isEmpty() || isRevoked(agent)) {
      return 0;
    }
    int events = rows(agent, Machines.UPLINK, UplinkMachine.EVENTS);
    return events + rows(agent, Machines.AUDIT, AuditMachine.BATCHES);
  }

  private boolean isRevoked(SimAgent agent) {
    return world
        .hub()
        .fleet()
        .filter(fleet -> fleet.devices().credentials(agent.name).isEmpty())
        .isPresent();
  }

  private static int rows(SimAgent agent, String machine, String prefix) {
    return agent
        .read(machine, machine, rows -> Optional.of(rows.scan(prefix, 100).size()))
        .orElse(1);
  }

  /** Checks everything that can be checked in the end. */
  void check() {
    for (SimNode node : world.nodes()) {
      if (!node.up()) {
        world.invariants().fail(TERMINAL, node.name + " did not come back.");
        return;
      }
    }
    for (String id : world.operator().jobs()) {
      Optional<Job> job = world.hub().job(id);
      if (job.isEmpty()) {
        if (!world.hubEverForgot()) {
          world.invariants().fail(TERMINAL, id + " was confirmed, and is gone.");
        }
        continue;
      }
      check(job.get());
    }
    confirmed();
    for (SimAgent agent : world.agents()) {
      int waiting = waiting(agent);
      if (waiting > 0) {
        world
            .invariants()
            .fail(
                DELIVERED,
                String.format(Locale.ROOT, "%s still has %d to say.", agent.name, waiting));
      }
    }
    new AuditCheck(world).check();
  }

  private void confirmed() {
    Set<String> names = new HashSet<>();
    world
        .hub()
        .fleet()
        .ifPresent(
            fleet ->
                fleet.jobs().list(1000, "").getJobsList().stream()
                    .map(job -> job.getSpec().getName())
                    .filter(name -> !names.add(name) && !world.hubEverForgot())
                    .forEach(
                        name ->
                            world
                                .invariants()
                                .fail(CONFIRMED, "\"" + name + "\" was asked for once.")));
    for (String id : world.operator().cancelled()) {
      Optional<Job> job = world.hub().job(id);
      if (job.filter(found -> found.getState() != JobState.JOB_CANCELLED).isPresent()
          && !world.hubEverForgot()) {
        world.invariants().fail(CONFIRMED, id + " was cancelled, and is not.");
      }
    }
  }

  private void check(Job job) {
    if (!isOver(job)) {
      world
          .invariants()
          .fail(
              TERMINAL,
              String.format(
                  Locale.ROOT, "%s is still %s: %s", job.getJob(), job.getState(), job.getCause()));
      return;
    }
    List<JobRows.Target> targets =
        world
            .hub()
            .read(
                MachineKeys.JOB, job.getJob(), rows -> Optional.of(JobRows.targets(rows, 1, 4096)))
            .orElse(List.of());
    for (int i = 0; i < job.getGroupsCount(); i++) {
      Map<ExecutionState, Integer> found = new EnumMap<>(ExecutionState.class);
      for (JobRows.Target target : targets) {
        if (target.group() == i) {
          check(job, target).ifPresent(state -> found.merge(state, 1, Integer::sum));
        }
      }
      counters(job, i, found);
    }
    world.jobRules().check(job, targets);
  }

  private Optional<ExecutionState> check(Job job, JobRows.Target target) {
    String id = ExecutionRows.id(job.getJob(), target.number());
    Optional<Execution> row =
        world
            .hub()
            .read(
                MachineKeys.EXECUTION, target.device(), rows -> ExecutionRows.execution(rows, id));
    row.ifPresent(execution -> truth(target.device(), execution));
    boolean probe = world.operator().isProbe(job.getJob());
    if (probe && row.filter(execution -> isAnswer(target.device(), execution)).isEmpty()) {
      world
          .invariants()
          .fail(
              PROBE,
              String.format(
                  Locale.ROOT,
                  "%s was asked, and that is %s.",
                  target.device(),
                  row.map(Execution::getState)));
    }
    return row.map(Execution::getState);
  }

  /**
   * One whose word somebody contradicted learns of it when the hub refuses what it says next, and
   * begins a new life: perhaps while it does what it was asked.
   */
  private boolean isAnswer(String device, Execution execution) {
    return switch (execution.getState()) {
      case SUCCEEDED, FAILED -> true;
      case OUTCOME_UNKNOWN -> world.ledger().isContradicted(device);
      default -> false;
    };
  }

  private void truth(String device, Execution execution) {
    Optional<Ledger.Run> run =
        world.ledger().find(device, execution.getExecution(), execution.getAttempt());
    // Done again after a crash it may have ended otherwise.
    boolean succeeded = run.filter(done -> done.succeeded && !done.failed).isPresent();
    String what =
        String.format(
            Locale.ROOT, "%s on %s is %s", execution.getExecution(), device, execution.getState());
    if (Invariants.isOpen(execution.getState()) || execution.getState() == ExecutionState.QUEUED) {
      world.invariants().fail(TERMINAL, what + ".");
    }
    Optional<Task> task = world.hub().job(execution.getJob()).map(job -> job.getSpec().getTask());
    if (task.filter(Task::hasInstall).isPresent()) {
      String release = Hashes.hex(task.get().getInstall().getManifestSha256().toByteArray());
      if (execution.getState() == ExecutionState.SUCCEEDED
          && !world.installs().everRan(device, release)) {
        world.invariants().fail(TRUTH, what + ", and the device never ran the release.");
      }
      return;
    }
    boolean did =
        world
            .ledger()
            .done(device, execution.getExecution(), execution.getAttempt())
            .filter(done -> done.succeeded)
            .isPresent();
    if (execution.getState() == ExecutionState.SUCCEEDED && !did) {
      world.invariants().fail(TRUTH, what + ", and the device did not do it.");
    }
    boolean kept = !world.ledger().isStained(device) && !world.ledger().isReborn(device);
    boolean exact = kept && !world.hubEverForgot();
    boolean told = execution.getState() == ExecutionState.SUCCEEDED;
    boolean unknown =
        execution.getState() == ExecutionState.OUTCOME_UNKNOWN
            && (run.filter(r -> r.cut || r.tool.crash() == CrashBehaviour.ONCE).isPresent()
                || world.ledger().isContradicted(device));
    if (exact && succeeded && !told && !unknown && !isGone(device)) {
      world.invariants().fail(TRUTH, what + ", and the device had done it.");
    }
  }

  private boolean isGone(String device) {
    return world
        .hub()
        .fleet()
        .filter(fleet -> fleet.devices().credentials(device).isEmpty())
        .isPresent();
  }

  private void counters(Job job, int index, Map<ExecutionState, Integer> found) {
    Group group = job.getGroups(index);
    count(job, index, "succeeded", group.getSucceeded(), found.get(ExecutionState.SUCCEEDED));
    count(job, index, "failed", group.getFailed(), found.get(ExecutionState.FAILED));
    count(job, index, "rejected", group.getRejected(), found.get(ExecutionState.REJECTED));
    count(job, index, "unknown", group.getUnknown(), found.get(ExecutionState.OUTCOME_UNKNOWN));
    count(job, index, "timed out", group.getTimedOut(), found.get(ExecutionState.TIMED_OUT));
    if (group.getDeadlineMs() == 0) {
      // After its deadline a group counts as unreachable what it took back or never granted.
      count(job, index, "cancelled", group.getCancelled(), found.get(ExecutionState.CANCELLED));
      count(
          job, index, "unreachable", group.getUnreachable(), found.get(ExecutionState.UNREACHABLE));
    }
  }

  private void count(
      Job job,
      int index,
      String what,
      int counted,
      @org.jspecify.annotations.Nullable Integer found) {
    int there = found == null ? 0 : found;
    if (counted != there) {
      world
          .invariants()
          .fail(
              COUNTERS,
              String.format(
                  Locale.ROOT,
                  "%s counts %d %s in group %d, and there are %d.",
                  job.getJob(),
                  counted,
                  what,
                  index + 1,
                  there));
    }
  }
}
