package dev.drover.deploy.sim;

import dev.drover.crypto.Hashes;
import dev.drover.crypto.TlsMaterial;
import dev.drover.v1.CrashBehaviour;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A hub, a broker, devices, and everything that happens to them: one thread, one seed, one history.
 *
 * <p>Each round is one event: a piece of work of a node that has some, or what the agenda has next.
 * Time moves only from one entry of the agenda to the next.
 */
final class SimWorld {
  static final String TENANT = "sim";

  /** When worlds begin, UTC milliseconds. */
  static final long BEGIN_MS = 1_800_000_000_000L;

  /** When the simulated agents were built. */
  static final long BUILT_MS = BEGIN_MS - 30L * 24 * 3600 * 1000;

  /** Stands for certificates; the simulated links have no TLS. */
  static final TlsMaterial NO_TLS = SimTls.material();

  private static final long QUIET_MS_MAX = 45L * 60_000;

  private static final long HOLIDAYS_MS = 9L * 24 * 3600 * 1000;

  /** By then every process is up again. */
  private static final long SETTLE_MS = 20_000;

  private static final long EVENTS_MAX = 20_000_000;
  private static final int NESTED_MAX = 3;
  private static final long ASIDE_MS = 40;

  private final SimOptions options;
  private final Variant variant;
  private final Trace trace;
  private final Counters counters = new Counters();
  private final RandomGenerator random;
  private final PriorityQueue<Due> agenda =
      new PriorityQueue<>(Comparator.comparingLong(Due::atMs).thenComparingLong(Due::order));
  private final List<SimNode> busy = new ArrayList<>();
  private final List<SimAgent> agents = new ArrayList<>();
  private final Ledger ledger = new Ledger(this);
  private final Invariants invariants = new Invariants(this);
  private final JobInvariants jobRules = new JobInvariants(this);
  private final InstallLedger installs = new InstallLedger(this);
  private final SimReleases releases = new SimReleases();
  private final SimHub hub;
  private final SimBroker broker;
  private final FaultScript faults;
  private final OperatorScript operator;
  private long nowMs = BEGIN_MS;
  private long orders;
  private int nested;
  private boolean hubForgot;
  private @Nullable Violation violation;

  private record Due(long atMs, long order, Runnable task) {}

  SimWorld(SimOptions options, Variant variant, @Nullable Appendable copy) {
    this.options = options;
    this.variant = variant;
    this.trace = new Trace(() -> nowMs - BEGIN_MS, copy);
    this.random = randomOf("world");
    this.hub = new SimHub(this);
    this.broker = new SimBroker(this);
    int count = options.devices() > 0 ? options.devices() : devicesOf(random);
    for (int i = 0; i < count; i++) {
      agents.add(new SimAgent(this, "dev-" + i));
    }
    this.faults = new FaultScript(this, options.faults());
    this.operator = new OperatorScript(this);
  }

  /** Most worlds are small, so that much happens to each device; a few are not. */
  private static int devicesOf(RandomGenerator random) {
    return switch (random.nextInt(10)) {
      case 0 -> 1 + random.nextInt(50);
      case 1, 2, 3 -> 1 + random.nextInt(3);
      default -> 2 + random.nextInt(9);
    };
  }

  /** Lives through the whole history, up to the first broken invariant. */
  SimResult live() {
    variant.begin(this);
    hub.start();
    long brokenMs = options.minutes() * 60_000L;
    operator.begin(brokenMs);
    faults.begin();
    agents.forEach(agent -> agent.around.begin());
    run(BEGIN_MS + brokenMs);
    trace.line("quiet");
    faults.end();
    broker.calm();
    run(nowMs + SETTLE_MS);
    operator.enrolForgotten();
    Quiet quiet = new Quiet(this);
    settle(quiet);
    probe(quiet);
    if (randomOf("holidays").nextInt(4) == 0) {
      holidays();
      probe(quiet);
    }
    if (violation == null) {
      quiet.check();
    }
    return new SimResult(options, agents.size(), trace, counters, Optional.ofNullable(violation));
  }

  /** Waits until nothing is left to wait for, for so long at most. */
  private void settle(Quiet quiet) {
    long endMs = nowMs + QUIET_MS_MAX;
    while (violation == null && nowMs < endMs && !quiet.reached()) {
      run(Math.min(endMs, nowMs + 10_000));
    }
  }

  /** Asks every device for something. */
  private void probe(Quiet quiet) {
    if (violation == null) {
      operator.probe();
      run(nowMs + SETTLE_MS);
      settle(quiet);
    }
  }

  /** Every device is off for longer than anything is remembered there. */
  private void holidays() {
    if (violation == null) {
      trace.line("holidays");
      agents.forEach(agent -> agent.off(HOLIDAYS_MS));
      run(nowMs + HOLIDAYS_MS + SETTLE_MS);
    }
  }

  private void run(long untilMs) {
    while (violation == null && trace.events() < EVENTS_MAX) {
      if (!step(untilMs)) {
        nowMs = Math.max(nowMs, untilMs);
        return;
      }
    }
  }

  /** Lets everything else go on for a while, from within a piece of work that takes its time. */
  void runAside(long ms) {
    if (nested == NESTED_MAX) {
      return;
    }
    nested++;
    try {
      run(nowMs + ms);
    } finally {
      nested--;
    }
  }

  private boolean step(long untilMs) {
    Due next = agenda.peek();
    boolean due = next != null && next.atMs() <= untilMs;
    boolean early = due && next.atMs() <= nowMs + ASIDE_MS && random.nextInt(12) == 0;
    if (!busy.isEmpty() && !early) {
      trace.event();
      turn(busy.get(random.nextInt(busy.size())));
    } else if (due) {
      trace.event();
      nowMs = Math.max(nowMs, next.atMs());
      agenda.remove().task().run();
    } else {
      return false;
    }
    invariants.afterEvent();
    return true;
  }

  private void turn(SimNode node) {
    if (node.turn()) {
      return;
    }
    busy.remove(node);
    node.listed = false;
    node.sleep();
    if (node == hub && hub.up() && !hub.stands()) {
      invariants.hubIdle();
    }
    if (node instanceof SimAgent agent && !agent.stands()) {
      ledger.settled(agent);
      if (agent.dropped() > 0) {
        invariants.fail(Invariants.DROPPED, agent.name + " dropped an event.");
      }
    }
  }

  void touched(SimNode node) {
    if (!node.listed) {
      node.listed = true;
      busy.add(node);
    }
  }

  void after(long ms, Runnable task) {
    at(nowMs + ms, task);
  }

  void at(long atMs, Runnable task) {
    agenda.add(new Due(atMs, orders++, task));
  }

  long nowMs() {
    return nowMs;
  }

  /** Returns randomness for a purpose of its own, so that one purpose does not disturb another. */
  RandomGenerator randomOf(String purpose) {
    byte[] text = (options.seed() + " " + purpose).getBytes(StandardCharsets.UTF_8);
    byte[] hash = Hashes.sha256(text);
    return new SplittableRandom(java.nio.ByteBuffer.wrap(hash).getLong());
  }

  /** Returns how the seed lets a call end: well, or with a code. */
  Optional<ErrorCode> fate(String key, CrashBehaviour crash) {
    int of = randomOf("fate " + key + crash).nextInt(100);
    if (of < 12) {
      return Optional.of(ErrorCode.UNAVAILABLE);
    }
    return of < 18 ? Optional.of(ErrorCode.MODEL_NOT_LOADED) : Optional.empty();
  }

  /** Notes that the hub was restored from a backup: what it knew later is nobody's any more. */
  void hubForgot() {
    hubForgot = true;
    invariants.hubForgot();
    ledger.hubForgot();
    jobRules.hubForgot();
  }

  boolean hubEverForgot() {
    return hubForgot;
  }

  void broken(Violation first) {
    violation = first;
    trace.line("BROKEN: %s: %s", first.invariant(), first.what());
  }

  SimAgent anyAgent(RandomGenerator by) {
    return agents.get(by.nextInt(agents.size()));
  }

  List<String> deviceNames() {
    return agents.stream().map(agent -> agent.name).toList();
  }

  List<SimNode> nodes() {
    List<SimNode> nodes = new ArrayList<>(agents);
    nodes.add(hub);
    return nodes;
  }

  List<SimAgent> agents() {
    return agents;
  }

  SimHub hub() {
    return hub;
  }

  SimBroker broker() {
    return broker;
  }

  SimReleases releases() {
    return releases;
  }

  FaultScript faults() {
    return faults;
  }

  OperatorScript operator() {
    return operator;
  }

  Ledger ledger() {
    return ledger;
  }

  JobInvariants jobRules() {
    return jobRules;
  }

  InstallLedger installs() {
    return installs;
  }

  Invariants invariants() {
    return invariants;
  }

  Counters counters() {
    return counters;
  }

  Trace trace() {
    return trace;
  }

  Variant variant() {
    return variant;
  }
}
