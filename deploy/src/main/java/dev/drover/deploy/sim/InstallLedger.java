package dev.drover.deploy.sim;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.InstallState;
import dev.drover.agent.core.Machines;
import dev.drover.agent.v1.InstallRow;
import dev.drover.agent.v1.SlotsRow;
import dev.drover.crypto.Hashes;
import dev.drover.v1.Lease;
import dev.drover.v1.Task;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What became of releases on devices, noted by the world: which work was begun, which models were
 * loaded, which release each device followed in turn. What breaks an invariant is told at once.
 */
final class InstallLedger {
  static final String BACK = "what was rolled back ends on the release before";

  private final SimWorld world;
  private final Map<String, List<String>> followed = new TreeMap<>();
  private final Set<String> loaded = new HashSet<>();
  private final Set<String> begun = new HashSet<>();
  private long reverts;

  InstallLedger(SimWorld world) {
    this.world = world;
  }

  /** Checks an installation whose work begins. */
  void begins(SimAgent agent, Lease lease) {
    String execution = lease.getExecution();
    // Work that was ordered for an attempt before may be done under the one that followed.
    Lease present = row(agent).getLease();
    int attempt =
        present.getExecution().equals(execution)
            ? Math.max(present.getAttempt(), lease.getAttempt())
            : lease.getAttempt();
    String what = agent.name + " begins to install for " + execution + "#" + attempt;
    world.trace().line("%s", what);
    if (world.ledger().granted(agent.name, execution, attempt).isEmpty()) {
      world.invariants().fail(Invariants.GRANTED, what + ", which was never granted.");
    }
    boolean first = begun.add(agent.name + "|" + execution + "/" + attempt);
    if (first && world.ledger().isRevoked(agent.name, execution, attempt)) {
      world.invariants().fail(Invariants.REVOKED, what + ", which it had been told to leave.");
    }
  }

  /** Checks a model that is about to be loaded. */
  void loads(SimAgent agent, String modelSha256) {
    boolean granted =
        world.ledger().granted().stream()
            .filter(lease -> lease.device().equals(agent.name))
            .map(lease -> manifestOf(lease.lease().getTask()))
            .flatMap(Optional::stream)
            .anyMatch(sha -> modelOf(sha).filter(modelSha256::equals).isPresent());
    if (!granted) {
      world
          .invariants()
          .fail(
              Invariants.GRANTED,
              agent.name + " loads a model that was not signed and granted to it.");
    }
  }

  private static Optional<String> manifestOf(Task task) {
    return task.hasInstall()
        ? Optional.of(Hashes.hex(task.getInstall().getManifestSha256().toByteArray()))
        : Optional.empty();
  }

  private static Optional<String> modelOf(String manifestSha256) {
    return SignedReleases.all().stream()
        .filter(release -> release.sha256().equals(manifestSha256))
        .map(SignedReleases.Signed::modelSha256)
        .findFirst();
  }

  /** Notes that a model is in memory. */
  void loaded(SimAgent agent, String modelSha256) {
    world.trace().line("%s loads %.8s", agent.name, modelSha256);
    loaded.add(agent.name + "|" + modelSha256);
  }

  /** Returns whether a device ever ran a release. */
  boolean everRan(String device, String manifestSha256) {
    return modelOf(manifestSha256).filter(sha -> loaded.contains(device + "|" + sha)).isPresent();
  }

  /** Notes what a device follows, from its durable rows. */
  void committed(SimAgent agent, SlotsRow slots) {
    String now = Hashes.hex(slots.getCommitted().getManifestSha256().toByteArray());
    List<String> before = followed.computeIfAbsent(agent.name, unused -> new ArrayList<>());
    String last = before.isEmpty() ? "" : before.get(before.size() - 1);
    InstallRow row = row(agent);
    if (!now.isEmpty() && now.equals(leftBy(row))) {
      world
          .invariants()
          .fail(
              BACK,
              String.format(
                  Locale.ROOT, "%s says that it left %.8s, and follows it.", agent.name, now));
    }
    if (now.equals(last)) {
      return;
    }
    world.trace().line("%s follows %.8s, no longer %.8s", agent.name, now, last);
    if (!last.isEmpty() && last.equals(leftBy(row))) {
      reverts++;
      String beforeLast = before.size() < 2 ? "" : before.get(before.size() - 2);
      if (!now.equals(beforeLast)) {
        world
            .invariants()
            .fail(
                BACK,
                String.format(
                    Locale.ROOT,
                    "%s went back to %.8s, and was at %.8s before.",
                    agent.name,
                    now,
                    beforeLast));
      }
    }
    before.add(now);
  }

  /** Returns the release that a device says it went back from last; empty where it says none. */
  private static String leftBy(InstallRow row) {
    Task task = row.getLease().getTask();
    return task.hasRevert() && row.getState().equals(InstallState.COMMITTED.name())
        ? Hashes.hex(task.getRevert().getManifestSha256().toByteArray())
        : "";
  }

  private static InstallRow row(SimAgent agent) {
    return row(agent, InstallMachine.ROW, InstallRow.parser(), InstallRow.getDefaultInstance());
  }

  /** Returns the slots that a device has by its durable rows; the default where it is off. */
  static SlotsRow slots(SimAgent agent) {
    return row(agent, InstallMachine.SLOTS, SlotsRow.parser(), SlotsRow.getDefaultInstance());
  }

  private static <M extends Message> M row(
      SimAgent agent, String name, Parser<M> parser, M otherwise) {
    return agent.row(Machines.INSTALL, Machines.INSTALL, name, parser, otherwise);
  }

  /** Returns whether a release is being installed on a device. */
  static boolean isBusy(SimAgent agent) {
    String state = row(agent).getState();
    return !state.isEmpty() && !InstallState.valueOf(state).resting();
  }

  /** Returns the release that a device follows by its durable rows, empty for none. */
  static String follows(SimAgent agent) {
    return Hashes.hex(slots(agent).getCommitted().getManifestSha256().toByteArray());
  }

  /** Forgets what a device followed, when its store did. */
  void forget(String device) {
    followed.remove(device);
  }

  /** Returns how many devices went back from a release. */
  long reverts() {
    return reverts;
  }
}
