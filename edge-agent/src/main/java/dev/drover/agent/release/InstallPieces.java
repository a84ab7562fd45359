package dev.drover.agent.release;

import com.google.protobuf.ByteString;
import dev.drover.agent.v1.InstallOrder;
import dev.drover.agent.v1.SlotRef;
import dev.drover.content.GgufHeader;
import dev.drover.crypto.Hashes;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.release.Requirements;
import dev.drover.trust.TargetInfo;
import dev.drover.trust.TrustedRepository;
import dev.drover.v1.InstallTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The pieces of work that make a slot of a lease; each may be done again after a crash. */
public final class InstallPieces implements InstallWork.Pieces {
  private static final int PERMILLE = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(InstallPieces.class);

  private final ReleaseTrust trust;
  private final ReleaseFetcher fetcher;
  private final ContentStore store;
  private final Device device;

  /**
   * What a release is compared with.
   *
   * @param architectures that the model runtime knows
   * @param memoryBytes that a new process of the agent could use
   * @param diskReserveBytes that stay free at present
   */
  public record Device(
      Set<String> architectures, LongSupplier memoryBytes, LongSupplier diskReserveBytes) {
    /** Copies the set. */
    public Device {
      architectures = Set.copyOf(architectures);
    }
  }

  /** Makes the pieces. */
  public InstallPieces(
      ReleaseTrust trust, ReleaseFetcher fetcher, ContentStore store, Device device) {
    this.trust = trust;
    this.fetcher = fetcher;
    this.store = store;
    this.device = device;
  }

  /**
   * Verifies the release's documents and compares its needs with the device; returns the candidate.
   */
  @Override
  public SlotRef preflight(InstallOrder order, InstallWork.Progress progress) {
    if (order.getLease().getTask().hasRevert()) {
      // It was verified and committed here: whole is all that it has to be.
      store.verify(Hashes.hex(order.getCandidate().getManifestSha256().toByteArray()));
      return order.getCandidate();
    }
    InstallTask task = order.getLease().getTask().getInstall();
    String sha = Hashes.hex(task.getManifestSha256().toByteArray());
    Runnable alive = () -> progress.at(0);
    TrustedRepository repository = repository(task, alive);
    TargetInfo target = ReleaseTrust.require(repository, task.getTarget(), sha);
    Optional<byte[]> kept = store.manifest(sha);
    byte[] bytes = kept.orElseGet(() -> fetcher.chunk(sha, alive));
    target.verify(bytes);
    ReleaseManifest manifest = ReleaseManifest.parse(bytes);
    if (manifest.releaseCounter() != task.getReleaseCounter()
        || !manifest.targetPath().equals(task.getTarget())) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID, "The lease and the signed release do not agree.");
    }
    compare(manifest);
    if (kept.isEmpty()) {
      store.keepManifest(sha, bytes);
    }
    return candidate(task, manifest);
  }

  /** Returns metadata that is as new as the lease says, however long that takes. */
  private TrustedRepository repository(InstallTask task, Runnable alive) {
    long pauseMs = 1000;
    while (true) {
      alive.run();
      try {
        trust.begin(task.getRootSha256().toByteArray());
        TrustedRepository repository = trust.refresh();
        if (repository.timestampVersion() >= task.getTimestampVersion()) {
          return repository;
        }
        LOG.atInfo().log("The broker holds older release metadata than the lease names");
      } catch (DroverException failed) {
        if (failed.code() != ErrorCode.UNAVAILABLE) {
          throw failed;
        }
        LOG.atInfo().addKeyValue("reason", failed.getMessage()).log("No release metadata yet");
      }
      fetcher.pause(pauseMs, alive);
      pauseMs = Math.min(30_000, pauseMs * 2);
    }
  }

  private void compare(ReleaseManifest manifest) {
    Requirements needs = manifest.requirements();
    if (!needs.architecture().isEmpty() && !device.architectures().contains(needs.architecture())) {
      throw new DroverException(
          ErrorCode.MODEL_ARCHITECTURE_UNKNOWN,
          "This device's runtime does not know the release's architecture.");
    }
    long memoryBytes = device.memoryBytes().getAsLong();
    if (needs.memoryBytes() > memoryBytes) {
      throw new DroverException(
          ErrorCode.MODEL_TOO_LARGE,
          "The release needs "
              + needs.memoryBytes()
              + " bytes of memory, the device has "
              + memoryBytes
              + ".");
    }
    long missingBytes = manifest.artifacts().stream().mapToLong(store::missingBytes).sum();
    if (missingBytes > 0
        && missingBytes + device.diskReserveBytes().getAsLong() > store.usableBytes()) {
      throw new DroverException(
          ErrorCode.DISK_FULL, "The release needs " + missingBytes + " more bytes of disk.");
    }
  }

  /** Fetches what is missing and checks it whole; returns the candidate. */
  @Override
  public SlotRef fetch(InstallOrder order, InstallWork.Progress progress) {
    ReleaseManifest manifest = manifest(order);
    long totalBytes = manifest.artifacts().stream().mapToLong(Artifact::length).sum();
    long doneBytes = 0;
    for (Artifact artifact : manifest.artifacts()) {
      long before = doneBytes;
      fetcher.artifact(
          artifact,
          permille ->
              progress.at(share(before, artifact.length(), permille, Math.max(1, totalBytes))));
      doneBytes += artifact.length();
    }
    manifest.model().ifPresent(this::inspect);
    progress.at(PERMILLE);
    return order.getCandidate();
  }

  private static int share(long before, long length, int permille, long total) {
    return (int) ((before + length / PERMILLE * permille) * PERMILLE / total);
  }

  /** Looks at a model as the runtime would, before anything restarts for its sake. */
  private void inspect(Artifact model) {
    Path file = store.file(model.sha256());
    String architecture = GgufHeader.read(file).architecture();
    if (!device.architectures().contains(architecture)) {
      throw new DroverException(
          ErrorCode.MODEL_ARCHITECTURE_UNKNOWN,
          "This device's runtime does not know the model's architecture.");
    }
  }

  /** Makes the slot. */
  @Override
  public SlotRef stage(InstallOrder order) {
    String sha = Hashes.hex(order.getCandidate().getManifestSha256().toByteArray());
    byte[] bytes = manifestBytes(sha);
    store.stage(sha, bytes, ReleaseManifest.parse(bytes));
    return order.getCandidate();
  }

  private ReleaseManifest manifest(InstallOrder order) {
    return ReleaseManifest.parse(
        manifestBytes(Hashes.hex(order.getCandidate().getManifestSha256().toByteArray())));
  }

  private byte[] manifestBytes(String sha) {
    return store
        .manifest(sha)
        .orElseThrow(() -> new DroverException(ErrorCode.STORE_FAILED, "The manifest was lost."));
  }

  /** Returns the slot that a release is installed into. */
  public static SlotRef candidate(InstallTask task, ReleaseManifest manifest) {
    SlotRef.Builder candidate =
        SlotRef.newBuilder()
            .setManifestSha256(task.getManifestSha256())
            .setReleaseCounter(task.getReleaseCounter());
    manifest
        .model()
        .ifPresent(
            model -> candidate.setModelSha256(ByteString.copyFrom(Hashes.unhex(model.sha256()))));
    return candidate.build();
  }
}
