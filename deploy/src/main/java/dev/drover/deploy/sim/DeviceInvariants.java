package dev.drover.deploy.sim;

import dev.drover.agent.v1.RunRow;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.Lease;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What must hold of everything that a device does, at the moment when it does it. */
final class DeviceInvariants {
  private final SimWorld world;

  /** When each device last decided to start an execution, in its engine's time. */
  private final Map<String, Long> started = new HashMap<>();

  DeviceInvariants(SimWorld world) {
    this.world = world;
  }

  /** Checks a device's decision to start an execution; what it does follows once it is durable. */
  void starts(SimAgent agent, RunRow row) {
    String execution = row.getLease().getExecution();
    int attempt = row.getLease().getAttempt();
    started.put(agent.name + "|" + execution, row.getStartedMs());
    String what = String.format(Locale.ROOT, "%s starts %s#%d", agent.name, execution, attempt);
    // What was never granted is found when it is done.
    world
        .ledger()
        .granted(agent.name, execution, attempt)
        .ifPresent(granted -> mayBegin(agent, granted, what));
  }

  /** Checks a call of a tool that is about to begin. */
  void started(SimAgent agent, Ledger.Run run) {
    String what =
        String.format(
            Locale.ROOT,
            "%s calls %s for %s#%d",
            agent.name,
            run.tool.name(),
            run.execution,
            run.attempt);
    Optional<Ledger.Granted> lease = world.ledger().granted(agent.name, run.execution, run.attempt);
    if (lease.isEmpty()) {
      world.invariants().fail(Invariants.GRANTED, what + ", which was never granted.");
      return;
    }
    if (run.tool.name().equals(SimTools.FORBIDDEN)) {
      world.invariants().fail(Invariants.GRANTED, what + ", which the device's policy forbids.");
    }
    if (run.calls == 0 && !decided(agent, run)) {
      mayBegin(agent, lease.get(), what);
    }
    boolean once = run.tool.crash() == CrashBehaviour.ONCE;
    if (once && run.calls > 0 && !run.forgotten) {
      world.invariants().fail(Invariants.ONCE, what + " again, and it must be called once.");
    }
    attempts(run, what);
  }

  private void mayBegin(SimAgent agent, Ledger.Granted granted, String what) {
    Lease lease = granted.lease();
    if (world.ledger().isRevoked(agent.name, lease.getExecution(), lease.getAttempt())) {
      world.invariants().fail(Invariants.REVOKED, what + ", which it had been told to leave.");
    }
    expiry(agent, granted, what);
  }

  /**
   * Returns whether the device had decided to start what it does, which was looked at then. It may
   * come to it later, after a crash as well, under the number of a later attempt.
   */
  private boolean decided(SimAgent agent, Ledger.Run run) {
    RunRow row = agent.run(run.execution);
    return RunWatch.isRunning(row)
        && started.getOrDefault(agent.name + "|" + run.execution, 0L) == row.getStartedMs();
  }

  private void expiry(SimAgent agent, Ledger.Granted granted, String what) {
    long ttlMs = granted.lease().getExpiresMs() - granted.lease().getNotBeforeMs();
    long sinceMs = world.nowMs() - granted.atMs();
    boolean sure = !world.faults().clocksWrong(agent.name);
    // Engine time leans by a tenth at most; the hub's leaps by ten seconds where a process ended.
    long leapsMs = 10_000L * (world.hub().life() - 1);
    if (sure && sinceMs > ttlMs + ttlMs / 8 + 2_000 + leapsMs) {
      world
          .invariants()
          .fail(
              Invariants.EXPIRED,
              what
                  + String.format(
                      Locale.ROOT,
                      " %d s after the lease, good for %d s, was made.",
                      sinceMs / 1000,
                      ttlMs / 1000));
    }
  }

  private void attempts(Ledger.Run run, String what) {
    for (int before = 1; before < run.attempt; before++) {
      Optional<Ledger.Run> earlier =
          world.ledger().find(run.device, run.execution, before).filter(known -> !known.forgotten);
      if (earlier.filter(r -> r.running).isPresent()) {
        world
            .invariants()
            .fail(Invariants.ATTEMPTS, what + " while attempt " + before + " is still at it.");
      }
      if (earlier.filter(r -> !r.failed && mayNotFollow(r)).isPresent()) {
        world
            .invariants()
            .fail(
                Invariants.ATTEMPTS,
                what + " although nobody knows that attempt " + before + " failed.");
      }
    }
  }

  private static boolean mayNotFollow(Ledger.Run earlier) {
    return switch (earlier.tool.crash()) {
      case IDEMPOTENT -> false;
      case CHECKABLE -> earlier.effects > 0;
      default -> earlier.calls > 0;
    };
  }

  /** Checks an effect that just happened. */
  void hadEffect(Ledger.Run run) {
    if (run.effects > 1 && !run.forgotten && run.tool.crash() != CrashBehaviour.IDEMPOTENT) {
      world
          .invariants()
          .fail(
              Invariants.ONCE,
              String.format(
                  Locale.ROOT,
                  "%s did %s#%d %d times.",
                  run.device,
                  run.execution,
                  run.attempt,
                  run.effects));
    }
  }
}
