package dev.drover.deploy.sim;

import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.ProcessControl;
import dev.drover.agent.exchange.EventPublisher;
import dev.drover.agent.exchange.HubSession;
import dev.drover.agent.exchange.TrustedClock;
import dev.drover.agent.release.InstallWork;
import dev.drover.agent.release.ReleaseTrust;
import dev.drover.agent.release.SlotLoader;
import dev.drover.crypto.Hashes;
import dev.drover.machine.sim.SimulatedCrash;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.trust.RoleVersion;
import dev.drover.trust.TrustStore;
import dev.drover.v1.InstalledRelease;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * The releases of one process of a simulated device: the shipped work, trust and loader, over files
 * of the simulation. What takes long on a device takes its time here.
 */
final class SimInstalls {
  private static final int PIECE_MS_MAX = 1_500;
  private static final int LONG_PIECE_MS_MAX = 50_000;
  private static final int LOAD_MS_MAX = 15_000;
  private static final long STUCK_MS = 25_000;
  private static final int END_MS_MAX = 4_000;
  private static final int ASIDE_MS_MAX = 3_000;
  private static final String CRASHES = "crashes";
  private static final String RUNNING = "running";

  private final SimAgent agent;
  private final NodeEngine engine;
  private final SimSlots slots;
  private final ReleaseTrust trust;
  private final InstallWork work;
  private final SlotLoader loader;

  SimInstalls(
      SimAgent agent,
      NodeEngine engine,
      AuditTrail trail,
      SimDeviceLink link,
      EventPublisher publisher,
      TrustedClock clock) {
    this.agent = agent;
    this.engine = engine;
    this.slots = new SimSlots(agent.files, this::takeTime);
    TrustStore documents = new Documents(agent.files);
    if (documents.load(RoleVersion.ROOT).isEmpty()) {
      documents.store(RoleVersion.ROOT, SignedReleases.root());
    }
    this.trust = new ReleaseTrust(documents, link, SimWorld.TENANT, clock);
    this.work =
        new InstallWork(
            engine,
            new SimPieces(agent, slots, trust, publisher),
            trail,
            new Slow(agent),
            agent.clock::monotonicNanos);
    this.loader =
        new SlotLoader(
            engine,
            slots,
            new SimRuntime(agent),
            new SimModel.Trial(agent),
            trail,
            new Restarts(agent),
            new SlotLoader.Settings(Optional.empty(), 64, 1));
  }

  SimSlots slots() {
    return slots;
  }

  ReleaseTrust trust() {
    return trust;
  }

  /** Registers what performs the effects of installations. */
  void register() {
    work.register();
    engine.handle(Machines.EFFECT_RESTART, loader.restarter());
    engine.handle(Machines.EFFECT_COLLECT, loader.collector());
  }

  /** Lets the engine go on for a while, as it does on a device; the process may end. */
  private void takeTime() {
    if (agent.random.nextInt(3) == 0) {
      takeTime(ASIDE_MS_MAX);
    }
  }

  /** Lets everything else go on for so long at most; the process may end. */
  void takeTime(int msMax) {
    int life = agent.life();
    agent.world.runAside(agent.random.nextInt(msMax));
    if (!agent.up() || agent.life() != life) {
      throw new SimulatedCrash("while it read a slot");
    }
  }

  /** Decides which slot this process follows. */
  void decide() {
    takeTime();
    loader.decide();
    agent.world.installs().committed(agent, InstallLedger.slots(agent));
    countCrash();
  }

  /** Loads what was decided, after a while, and tells the hub. */
  void begin(HubSession session) {
    String model = modelSha256Hex(loader.installed());
    boolean stuck =
        loader.onTrial()
            && candidateModel()
                    .map(sha -> SimRuntime.natureOf(agent, sha))
                    .orElse(SimRuntime.Nature.GOOD)
                == SimRuntime.Nature.STUCK;
    agent.world.trace().line("%s follows %.8s%s", agent.name, model, stuck ? ", stuck" : "");
    agent.later(STUCK_MS, loader::timedOut);
    if (!stuck) {
      agent.later(
          100 + agent.random.nextInt(LOAD_MS_MAX),
          () -> {
            loader.load();
            agent.world.installs().committed(agent, InstallLedger.slots(agent));
            session.introduce();
          });
    }
  }

  private Optional<String> candidateModel() {
    return agent
        .read(
            Machines.INSTALL,
            Machines.INSTALL,
            rows ->
                Optional.of(
                    Machines.row(
                        rows,
                        InstallMachine.ROW,
                        dev.drover.agent.v1.InstallRow.parser(),
                        dev.drover.agent.v1.InstallRow.getDefaultInstance())))
        .map(row -> Hashes.hex(row.getCandidate().getModelSha256().toByteArray()));
  }

  private static String modelSha256Hex(InstalledRelease installed) {
    return Hashes.hex(installed.getManifestSha256().toByteArray());
  }

  /** Returns what the hub is told of this process. */
  InstalledRelease installed() {
    return loader.installed();
  }

  /** Returns whether a model is in memory. */
  boolean hasModel() {
    return loader.loaded().filter(now -> now.file().isPresent()).isPresent();
  }

  // ------------------------------------------------------------------------------------- crashes

  /** Counts an end without a stop under the release that was followed then. */
  private void countCrash() {
    String now = modelSha256Hex(loader.installed());
    String before = text(RUNNING);
    int count = before.startsWith(now + " ") ? crashes() + 1 : 0;
    agent.files.put(CRASHES, Integer.toString(count).getBytes(StandardCharsets.US_ASCII));
    agent.files.put(RUNNING, (now + " ").getBytes(StandardCharsets.US_ASCII));
  }

  /** Returns how often this release came to an end without a stop. */
  int crashes() {
    String count = text(CRASHES);
    return count.isEmpty() ? 0 : Integer.parseInt(count);
  }

  private String text(String file) {
    return agent
        .files
        .get(file)
        .map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
        .orElse("");
  }

  /** Damages the files of the committed release of a device, whether or not it is on. */
  static void rot(SimAgent agent, String manifestSha256) {
    new SimSlots(agent.files, () -> {})
        .manifest(manifestSha256)
        .map(ReleaseManifest::parse)
        .flatMap(ReleaseManifest::model)
        .map(Artifact::sha256)
        .ifPresent(sha -> agent.files.damage(SimSlots.CONTENT + sha));
  }

  /** Runs one task at a time, each some time after it could begin. */
  private static final class Slow implements Executor {
    private final SimAgent agent;
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private boolean busy;

    Slow(SimAgent agent) {
      this.agent = agent;
    }

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
      next();
    }

    private void next() {
      if (busy || tasks.isEmpty()) {
        return;
      }
      busy = true;
      Runnable task = tasks.remove();
      boolean brief = agent.random.nextBoolean();
      long ms = agent.random.nextInt(brief ? PIECE_MS_MAX : LONG_PIECE_MS_MAX);
      agent.later(
          ms,
          () -> {
            try {
              task.run();
            } finally {
              busy = false;
              next();
            }
          });
    }
  }

  private record Restarts(SimAgent agent) implements ProcessControl {
    @Override
    public void restart(String reason) {
      // An orderly end takes its time.
      agent.later(
          1 + agent.random.nextInt(END_MS_MAX),
          () -> {
            agent.files.put(RUNNING, new byte[0]);
            agent.restart();
          });
    }

    @Override
    public void storeFailed(ErrorCode code) {
      // The node hears of it from its engine.
    }
  }

  /** Verified documents, as files of the device. */
  private record Documents(SimFiles files) implements TrustStore {
    private static final String TRUST = "trust/";

    @Override
    public Optional<byte[]> load(String role) {
      return files.get(TRUST + role);
    }

    @Override
    public void store(String role, byte[] document) {
      files.put(TRUST + role, document);
    }

    @Override
    public void delete(String role) {
      files.delete(TRUST + role);
    }
  }
}
