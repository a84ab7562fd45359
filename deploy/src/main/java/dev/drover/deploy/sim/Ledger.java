package dev.drover.deploy.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.agent.core.ToolDefinition;
import dev.drover.agent.v1.RunRow;
import dev.drover.crypto.Hashes;
import dev.drover.hub.core.DeviceRows;
import dev.drover.hub.core.MachineKeys;
import dev.drover.v1.Command;
import dev.drover.v1.CommandEnvelope;
import dev.drover.v1.CommandMark;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.Lease;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What really happened, noted by the world itself: which leases the hub signed, which tools devices
 * called and what that did. Neither hub nor agents can read it or forget it.
 */
final class Ledger {
  /**
   * A lease as the hub first published it; of an attempt that was granted anew, the last one.
   *
   * @param lease what was granted
   * @param device to whom
   * @param atMs true time at which it was first published
   * @param commandExpiresMs the hub's time at which its command means nothing any more
   */
  record Granted(Lease lease, String device, long atMs, long commandExpiresMs) {}

  /** What one device did under one attempt of an execution. */
  static final class Run {
    final String device;
    final String execution;
    final int attempt;
    final ToolDefinition tool;
    final int life;
    int calls;
    int effects;
    boolean running;
    boolean succeeded;
    boolean failed;
    boolean cut;

    /** Whether the device lost its memory after that. */
    boolean lost;

    /** Whether it did so before the hub heard that the device had the lease. */
    boolean forgotten;

    Run(SimAgent agent, String execution, int attempt, ToolDefinition tool) {
      this.device = agent.name;
      this.execution = execution;
      this.attempt = attempt;
      this.tool = tool;
      this.life = agent.life();
    }
  }

  private final SimWorld world;
  private final DeviceInvariants deeds;
  private final DevicesWords words = new DevicesWords();
  private final Arrivals arrivals = new Arrivals();
  private final Map<String, Granted> granted = new LinkedHashMap<>();
  private final Set<String> commands = new HashSet<>();
  private final Map<String, Run> runs = new LinkedHashMap<>();
  private final Map<String, Integer> revoked = new TreeMap<>();
  private final Map<String, Integer> revoking = new TreeMap<>();
  private final Map<String, Integer> accepted = new TreeMap<>();
  private final Map<String, CommandMark> leases = new TreeMap<>();
  private final Set<String> reborn = new HashSet<>();
  private final Set<String> contradicted = new HashSet<>();
  private final Map<String, String> stained = new TreeMap<>();

  Ledger(SimWorld world) {
    this.world = world;
    this.deeds = new DeviceInvariants(world);
  }

  /** Returns which events reached the hub. */
  Arrivals arrivals() {
    return arrivals;
  }

  /** Returns what devices said. */
  DevicesWords words() {
    return words;
  }

  // ------------------------------------------------------------------------------ the hub's word

  /** Notes what the hub publishes to a device. */
  void published(String device, byte[] payload) {
    Command command = parse(payload);
    if (command.getSeq() > 0) {
      commands.add(device + "|" + Hashes.hex(Hashes.sha256(command.toByteArray())));
    }
    EventReceipt receipt =
        command.hasWelcome() ? command.getWelcome().getEvents() : command.getEventReceipt();
    if (!arrivals.bear(device, receipt) && !world.hubEverForgot()) {
      world
          .invariants()
          .fail(Invariants.RECEIVED, device + " gets a receipt up to " + receipt.getSeq() + ".");
    }
    if (!command.hasLease()) {
      return;
    }
    Lease lease = command.getLease();
    String key = key(device, lease.getExecution(), lease.getAttempt());
    Granted known = granted.get(key);
    // A hub that was restored may grant an attempt anew that it had granted before.
    if (known == null || !known.lease().equals(lease)) {
      Granted first = new Granted(lease, device, world.nowMs(), command.getExpiresMs());
      granted.put(key, first);
      world.invariants().leasePublished(first);
      world.faults().leaseSent(device);
    }
  }

  Optional<Granted> granted(String device, String execution, int attempt) {
    return Optional.ofNullable(granted.get(key(device, execution, attempt)));
  }

  /** Returns every lease that was ever published, in order. */
  List<Granted> granted() {
    return new ArrayList<>(granted.values());
  }

  // -------------------------------------------------------------------------- the device's deeds

  /**
   * Notes that a device is done with a command: a revocation it made durable holds from then on.
   */
  void taken(SimAgent agent, CommandMark before, byte[] payload) {
    Command command;
    try {
      command = Command.parseFrom(CommandEnvelope.parseFrom(payload).getCommand());
    } catch (InvalidProtocolBufferException rubbish) {
      return;
    }
    CommandMark mark = agent.mark();
    followed(agent, before, mark, command);
    boolean itself =
        command.getSeq() > 0
            && mark.getSeq() == command.getSeq()
            && mark.getHubEpoch() == command.getHubEpoch()
            && !mark.equals(before);
    if (itself && command.hasLease()) {
      String of = agent.name + "|" + command.getLease().getExecution();
      accepted.merge(of, command.getLease().getAttempt(), Math::max);
      leases.put(of + "/" + command.getLease().getAttempt(), mark);
      grantedAnew(of, command.getLease().getAttempt());
    } else if (itself && command.hasRevocation()) {
      String of = agent.name + "|" + command.getRevocation().getExecution();
      revoking.put(of, accepted.getOrDefault(of, 0));
    }
  }

  /**
   * A hub that was restored grants what the one before it had taken back, under the same number.
   */
  private void grantedAnew(String of, int attempt) {
    if (world.hubEverForgot()) {
      revoked.computeIfPresent(of, (unused, upTo) -> Math.min(upTo, attempt - 1));
      revoking.computeIfPresent(of, (unused, upTo) -> Math.min(upTo, attempt - 1));
    }
  }

  private void followed(SimAgent agent, CommandMark before, CommandMark mark, Command command) {
    if (mark.equals(before) || !agent.up()) {
      return;
    }
    boolean next =
        mark.getHubEpoch() == before.getHubEpoch()
            ? mark.getSeq() == before.getSeq() + 1
            : mark.getHubEpoch() > before.getHubEpoch() && mark.getSeq() == 1;
    String sent = agent.name + "|" + Hashes.hex(Hashes.sha256(command.toByteArray()));
    if (!next || !commands.contains(sent)) {
      world
          .invariants()
          .fail(
              Invariants.FOLLOWED,
              String.format(
                  Locale.ROOT,
                  "%s went from command %d/%d to %d/%d.",
                  agent.name,
                  before.getHubEpoch(),
                  before.getSeq(),
                  mark.getHubEpoch(),
                  mark.getSeq()));
    }
  }

  /** Notes that a device has nothing left to do now: what it took holds. */
  void settled(SimAgent agent) {
    revoking.entrySet().removeIf(entry -> holds(agent, entry));
  }

  private boolean holds(SimAgent agent, Map.Entry<String, Integer> entry) {
    boolean own = entry.getKey().startsWith(agent.name + "|");
    if (own) {
      revoked.merge(entry.getKey(), entry.getValue(), Math::max);
    }
    return own;
  }

  boolean isRevoked(String device, String execution, int attempt) {
    return revoked.getOrDefault(device + "|" + execution, 0) >= attempt;
  }

  /** Notes that a device decides to start what it was granted. */
  void starts(SimAgent agent, RunRow row) {
    deeds.starts(agent, row);
  }

  /** Notes that a tool is called. */
  void started(SimAgent agent, ToolDefinition tool, String key) {
    String[] parts = key.split("/", -1);
    Run run =
        runs.computeIfAbsent(
            agent.name + "|" + key,
            unused -> new Run(agent, parts[0], Integer.parseInt(parts[1]), tool));
    world.trace().line("%s calls %s for %s, call %d", agent.name, tool.name(), key, run.calls + 1);
    deeds.started(agent, run);
    run.calls++;
    run.running = true;
    world.counters().calls++;
  }

  /** Notes that a tool had its effect. */
  void effect(SimAgent agent, ToolDefinition tool, String key) {
    Run run = run(agent, key);
    run.effects++;
    deeds.hadEffect(run);
  }

  /** Returns whether what an execution asks for is done, under whatever attempt. */
  boolean hasEffect(SimAgent agent, String key) {
    String execution = key.substring(0, key.lastIndexOf('/'));
    for (Run run : runs.values()) {
      boolean same = run.execution.equals(execution) && run.device.equals(agent.name);
      if (same && run.effects > 0) {
        run.succeeded = true;
        return true;
      }
    }
    return false;
  }

  /** Notes how a call ended. */
  void finished(SimAgent agent, String key, boolean ok) {
    Run run = run(agent, key);
    run.running = false;
    run.succeeded |= ok;
    run.failed |= !ok;
    world.trace().line("%s ends %s %s", agent.name, key, ok ? "well" : "badly");
  }

  /** Notes that a device's process ended: what it was doing is cut short. */
  void ended(SimAgent agent) {
    for (Run run : runs.values()) {
      if (run.device.equals(agent.name) && run.running) {
        run.running = false;
        run.cut = true;
      }
    }
  }

  /** Notes that a device's process begins: of what its store has at work, the end was cut off. */
  void begins(SimAgent agent) {
    for (Run run : runs.values()) {
      run.cut |= run.device.equals(agent.name) && RunWatch.isRunning(agent.run(run.execution));
    }
  }

  /**
   * Notes that what a device says of its past need not be the truth any more, and why. What the hub
   * knew that it had followed does not happen again, unless it is still to be done in its store.
   *
   * @param image how far its store has followed, or null where nobody knows
   */
  void stain(String device, String why, @Nullable CommandMark image) {
    stained.put(device, why);
    world.installs().forget(device);
    CommandMark told =
        world
            .hub()
            .read(MachineKeys.DEVICE, device, rows -> Optional.of(DeviceRows.seen(rows).getAcked()))
            .orElse(CommandMark.getDefaultInstance());
    for (Run run : runs.values()) {
      if (run.device.equals(device)) {
        CommandMark lease = leases.get(key(device, run.execution, run.attempt));
        boolean heard = lease != null && !isAfter(lease, told);
        boolean kept = lease == null || image == null || !isAfter(lease, image);
        run.lost = true;
        // A hub that forgot may have heard of a lease, and not of what became of it.
        run.forgotten |= !heard || kept || world.hubEverForgot();
      }
    }
    String of = device + "|";
    revoked.keySet().removeIf(key -> key.startsWith(of));
    revoking.keySet().removeIf(key -> key.startsWith(of));
    accepted.keySet().removeIf(key -> key.startsWith(of));
  }

  private static boolean isAfter(CommandMark mark, CommandMark other) {
    return mark.getHubEpoch() > other.getHubEpoch()
        || (mark.getHubEpoch() == other.getHubEpoch() && mark.getSeq() > other.getSeq());
  }

  /** Notes that the hub forgot: what devices lost before is known to nobody. */
  void hubForgot() {
    runs.values().stream().filter(run -> run.lost).forEach(run -> run.forgotten = true);
  }

  /** Notes that a device was enrolled again: the hub ends what its life before had begun. */
  void reborn(String device) {
    reborn.add(device);
  }

  /** Returns whether a device was enrolled again at any time. */
  boolean isReborn(String device) {
    return reborn.contains(device);
  }

  /** Notes that somebody signs in a device's name what its records are not. */
  void contradicted(String device) {
    contradicted.add(device);
  }

  /**
   * Returns whether the hub ever had reason to take a device's store for an old image: it says of
   * the life before that nobody knows how its work ended.
   */
  boolean isContradicted(String device) {
    return contradicted.contains(device);
  }

  /** Returns whether a device was wiped or set back at any time. */
  boolean isStained(String device) {
    return stained.containsKey(device);
  }

  Optional<Run> find(String device, String execution, int attempt) {
    return Optional.ofNullable(runs.get(device + "|" + execution + "/" + attempt));
  }

  /** Returns what a device did for an attempt; one before it may have done it already. */
  Optional<Run> done(String device, String execution, int attempt) {
    for (int by = attempt; by > 0; by--) {
      Optional<Run> run = find(device, execution, by).filter(r -> r.succeeded);
      if (run.isPresent()) {
        return run;
      }
    }
    return find(device, execution, attempt);
  }

  /** Returns whether a device is at work on something. */
  boolean isBusy(String device) {
    return runs.values().stream().anyMatch(run -> run.running && run.device.equals(device));
  }

  List<Run> runs() {
    return new ArrayList<>(runs.values());
  }

  private Run run(SimAgent agent, String key) {
    Run run = runs.get(agent.name + "|" + key);
    if (run == null) {
      throw new IllegalStateException("Nothing was begun under " + key);
    }
    return run;
  }

  private static String key(String device, String execution, int attempt) {
    return device + "|" + execution + "/" + attempt;
  }

  private static Command parse(byte[] payload) {
    try {
      return Command.parseFrom(CommandEnvelope.parseFrom(payload).getCommand());
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalStateException("The hub published what does not parse", broken);
    }
  }
}
