package dev.drover.deploy.sim;

import dev.drover.agent.exchange.EventPublisher;
import dev.drover.agent.release.InstallPieces;
import dev.drover.agent.release.InstallWork;
import dev.drover.agent.release.ReleaseTrust;
import dev.drover.agent.v1.InstallOrder;
import dev.drover.agent.v1.SlotRef;
import dev.drover.crypto.Hashes;
import dev.drover.machine.sim.SimulatedCrash;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.trust.TargetInfo;
import dev.drover.trust.TrustedRepository;
import dev.drover.v1.InstallTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topics;
import java.util.List;

/**
 * The work that makes a slot on a simulated device: signed documents are verified by the shipped
 * trust, content comes over the simulated broker, files are small.
 */
final class SimPieces implements InstallWork.Pieces {
  private static final int TRIES_MAX = 6;
  private static final long PAUSE_MS = 4_000;
  private static final int BAD_LUCK = 14;

  private final SimAgent agent;
  private final SimSlots slots;
  private final ReleaseTrust trust;
  private final EventPublisher publisher;
  private final Topics topics = new Topics(SimWorld.TENANT);

  SimPieces(SimAgent agent, SimSlots slots, ReleaseTrust trust, EventPublisher publisher) {
    this.agent = agent;
    this.slots = slots;
    this.trust = trust;
    this.publisher = publisher;
  }

  @Override
  public SlotRef preflight(InstallOrder order, InstallWork.Progress progress) {
    agent.world.installs().begins(agent, order.getLease());
    if (order.getLease().getTask().hasRevert()) {
      slots.verify(Hashes.hex(order.getCandidate().getManifestSha256().toByteArray()));
      return order.getCandidate();
    }
    InstallTask task = order.getLease().getTask().getInstall();
    String sha = Hashes.hex(task.getManifestSha256().toByteArray());
    TargetInfo target = ReleaseTrust.require(repository(task, progress), task.getTarget(), sha);
    byte[] bytes = slots.manifest(sha).orElse(null);
    if (bytes == null) {
      bytes = chunk(sha, progress);
      target.verify(bytes);
      slots.keep(sha, bytes);
    }
    ReleaseManifest manifest = ReleaseManifest.parse(bytes);
    if (manifest.releaseCounter() != task.getReleaseCounter()) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID, "The lease and the signed release do not agree.");
    }
    if (agent.random.nextInt(BAD_LUCK) == 0) {
      pause();
      pause();
      throw new DroverException(ErrorCode.MODEL_TOO_LARGE, "The seed has no room for it.");
    }
    return InstallPieces.candidate(task, manifest);
  }

  private TrustedRepository repository(InstallTask task, InstallWork.Progress progress) {
    for (int i = 0; i < TRIES_MAX; i++) {
      progress.at(0);
      try {
        TrustedRepository repository = trust.refresh();
        if (repository.timestampVersion() >= task.getTimestampVersion()) {
          return repository;
        }
      } catch (DroverException failed) {
        if (failed.code() != ErrorCode.UNAVAILABLE) {
          throw failed;
        }
      }
      pause();
    }
    throw new DroverException(ErrorCode.UNAVAILABLE, "The broker has no release metadata.");
  }

  @Override
  public SlotRef fetch(InstallOrder order, InstallWork.Progress progress) {
    for (Artifact artifact : manifest(order).artifacts()) {
      if (!slots.has(artifact.sha256())) {
        progress.at(500);
        badLuck(ErrorCode.DISK_FULL);
        slots.keep(artifact.sha256(), chunk(artifact.sha256(), progress));
      }
    }
    progress.at(1000);
    return order.getCandidate();
  }

  @Override
  public SlotRef stage(InstallOrder order) {
    badLuck(ErrorCode.STORE_FAILED);
    slots.stage(Hashes.hex(order.getCandidate().getManifestSha256().toByteArray()));
    return order.getCandidate();
  }

  private void badLuck(ErrorCode code) {
    if (agent.random.nextInt(BAD_LUCK) == 0) {
      throw new DroverException(code, "The seed lets this piece of work fail.");
    }
  }

  private ReleaseManifest manifest(InstallOrder order) {
    String sha = Hashes.hex(order.getCandidate().getManifestSha256().toByteArray());
    return slots
        .manifest(sha)
        .map(ReleaseManifest::parse)
        .orElseThrow(() -> new DroverException(ErrorCode.STORE_FAILED, "The manifest was lost."));
  }

  /** Takes a chunk from the broker, and asks for it where that does not hold it. */
  private byte[] chunk(String sha256, InstallWork.Progress progress) {
    for (int i = 0; i < TRIES_MAX; i++) {
      progress.at(100 + i);
      byte[] found = agent.world.broker().retained(agent.name, topics.chunk(sha256));
      if (found != null && Hashes.hex(Hashes.sha256(found)).equals(sha256)) {
        return found.clone();
      }
      publisher.want(List.of(sha256), i == 0);
      pause();
    }
    throw new DroverException(ErrorCode.UNAVAILABLE, "Content cannot be fetched now.");
  }

  /** Everything else goes on meanwhile; the process may end. */
  private void pause() {
    int life = agent.life();
    agent.world.runAside(PAUSE_MS);
    if (!agent.up() || agent.life() != life) {
      throw new SimulatedCrash("while a release was installed");
    }
  }
}
