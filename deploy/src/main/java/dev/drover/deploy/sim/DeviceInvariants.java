package dev.drover.deploy.sim;

import dev.drover.v1.CrashBehaviour;
import java.util.Locale;
import java.util.Optional;

/** What must hold of everything that a device does, at the moment when it does it. */
final class DeviceInvariants {
  private final SimWorld world;

  DeviceInvariants(SimWorld world) {
    this.world = world;
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
    boolean begins = run.calls == 0 && !goesOn(run);
    if (begins && world.ledger().isRevoked(agent.name, run.execution, run.attempt)) {
      world.invariants().fail(Invariants.REVOKED, what + ", which it had been told to leave.");
    }
    if (begins) {
      expiry(agent, lease.get(), what);
    }
    boolean once = run.tool.crash() == CrashBehaviour.ONCE;
    if (once && run.calls > 0 && !run.forgotten) {
      world.invariants().fail(Invariants.ONCE, what + " again, and it must be called once.");
    }
    attempts(run, what);
  }

  /** What runs takes the number of a later attempt, and goes by that after a crash. */
  private boolean goesOn(Ledger.Run run) {
    for (int before = 1; before < run.attempt; before++) {
      if (world.ledger().find(run.device, run.execution, before).filter(r -> r.cut).isPresent()) {
        return true;
      }
    }
    return false;
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
      boolean risky = run.tool.crash() != CrashBehaviour.IDEMPOTENT;
      if (risky && earlier.filter(r -> r.calls > 0 && !r.failed).isPresent()) {
        world
            .invariants()
            .fail(
                Invariants.ATTEMPTS,
                what + " although nobody knows that attempt " + before + " failed.");
      }
    }
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
