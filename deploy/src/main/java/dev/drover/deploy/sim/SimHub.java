package dev.drover.deploy.sim;

import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.envelope.EventAuth;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.core.MachineKeys;
import dev.drover.hub.fleet.FleetParts;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.fleet.RevokedSerials;
import dev.drover.machine.runtime.EngineClock;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.tlog.NoteSigner;
import dev.drover.v1.Job;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The hub: its shipped machines, services and ways in and out, over the simulated engine. */
final class SimHub extends SimNode {
  static final int CONCURRENCY = 8;
  static final String NAME = "hub";
  private static final int PLACES_MAX = 4;
  private static final long CHECKPOINT_MS = 2_000;
  static final byte[] COMMAND_SEED = Hashes.sha256(new byte[] {1});
  private static final byte[] LINK_SECRET = Hashes.sha256(new byte[] {2});

  /** The public half of the hub's online key. */
  static final byte[] HUB_KEY = Ed25519.publicKey(COMMAND_SEED);

  /** Signs checkpoints. */
  static final NoteSigner LOG = NoteSigner.of("log.example/sim", Hashes.sha256(new byte[] {3}));

  private @Nullable FleetService fleet;
  private @Nullable NodeEngine engine;
  private final int placesPerDevice;
  private boolean restored;

  SimHub(SimWorld world) {
    super(world, NAME);
    this.placesPerDevice = 1 + world.randomOf("places").nextInt(PLACES_MAX);
  }

  static byte[] linkKey(String device, String serial) {
    return EventAuth.linkKey(LINK_SECRET, SimWorld.TENANT, device, serial);
  }

  /** Has the next process know that its store came from a backup. */
  void declareRestored() {
    restored = true;
  }

  /** Returns the fleet, while there is a hub. */
  Optional<FleetService> fleet() {
    return Optional.ofNullable(fleet);
  }

  /** Reads rows of one key, while there is a hub. */
  <T> Optional<T> read(
      String machine, String name, Function<dev.drover.machine.RowReader, Optional<T>> reader) {
    NodeEngine running = engine;
    String key =
        machine.equals(MachineKeys.AUDIT) || machine.equals(MachineKeys.REGISTRY)
            ? SimWorld.TENANT
            : MachineKeys.of(SimWorld.TENANT, name);
    return running == null ? Optional.empty() : running.read(machine, key, reader);
  }

  Optional<Job> job(String job) {
    return read(MachineKeys.JOB, job, rows -> JobRows.job(rows, false));
  }

  /** Returns how many events were dropped because a machine failed; any is a defect. */
  long dropped() {
    NodeEngine running = engine;
    return running == null ? 0 : running.health().dropped();
  }

  /** Returns the time by which the hub judges; 0 where there is none. */
  long engineNowMs() {
    NodeEngine running = engine;
    return running == null ? 0 : running.nowMs();
  }

  /** Returns how much is owed. */
  long owed() {
    NodeEngine running = engine;
    return running == null ? 0 : running.health().owed();
  }

  @Override
  void assemble() {
    NodeEngine made = newEngine(EngineLimits.hub(), EngineClock.Policy.standard(), clock);
    SimReleases releases = world.releases();
    FleetService service =
        new FleetService(
            new FleetParts(
                SimWorld.TENANT,
                made,
                world.variant().hubLink(new SimHubLink(world)),
                new FleetParts.Keys(COMMAND_SEED, LINK_SECRET, LOG),
                new FleetParts.Pace(CONCURRENCY, 0, placesPerDevice, CHECKPOINT_MS),
                new RevokedSerials(),
                releases,
                this::wanted,
                () -> releases.publishTo(world.broker()),
                newLane(),
                new SimTimer(this)));
    engine = made;
    boolean declared = restored;
    service.start(declared);
    restored = false;
    fleet = service;
  }

  private void wanted(Sha256 chunk, boolean ahead) {
    world.releases().publish(world.broker(), Hashes.hex(chunk.toBytes()));
  }

  @Override
  void ended() {
    fleet = null;
    engine = null;
    world.broker().hubGone();
  }
}
