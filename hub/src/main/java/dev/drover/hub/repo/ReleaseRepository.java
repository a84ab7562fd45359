package dev.drover.hub.repo;

import com.google.protobuf.ByteString;
import dev.drover.content.ChunkTable;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.trust.FileTrustStore;
import dev.drover.trust.RoleVersion;
import dev.drover.trust.TargetInfo;
import dev.drover.trust.TrustOptions;
import dev.drover.trust.TrustedRepository;
import dev.drover.trust.TufClient;
import dev.drover.v1.Release;
import dev.drover.v1.SignedDocument;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import dev.drover.wire.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The signed metadata that publishers handed in: verified as a device would, kept as received
 * bytes, and put on the broker, where it stays retained.
 *
 * <p>The first root that an admin uploads is trusted from then on; every other document must follow
 * from it. Thread-safe.
 */
public final class ReleaseRepository implements ReleaseCatalog {
  private static final Logger LOG = LoggerFactory.getLogger(ReleaseRepository.class);
  private static final int DOCUMENTS_MAX = 2000;
  private static final String FIRST_ROOT = new RoleVersion(RoleVersion.ROOT, 1).path();

  private final Path documents;
  private final FileTrustStore trust;
  private final ChunkStore chunks;
  private final BrokerLink broker;
  private final Topics topics;
  private final Map<Sha256, ReleaseManifest> manifests = new ConcurrentHashMap<>();

  /** Opens the repository in a directory, made if absent. */
  public ReleaseRepository(Path directory, ChunkStore chunks, BrokerLink broker, Topics topics) {
    this.documents = directory.resolve("documents");
    this.trust = new FileTrustStore(directory.resolve("trust"));
    this.chunks = chunks;
    this.broker = broker;
    this.topics = topics;
  }

  @Override
  public Optional<ReleaseManifest> manifest(byte[] sha256) {
    if (sha256.length != Hashes.SHA256_BYTES) {
      return Optional.empty();
    }
    return Optional.ofNullable(manifests.get(Sha256.fromBytes(sha256)));
  }

  @Override
  public Optional<Sha256> rootSha256() {
    return firstRoot().map(Sha256::of);
  }

  /** Returns the first version of the release root, if one was published. */
  public Optional<byte[]> firstRoot() {
    return kept(FIRST_ROOT, Limits.TUF_ROOT_BYTES_MAX);
  }

  /**
   * Remembers the manifests of releases that were published before; call it at the start. One that
   * was damaged on the disk is left out, and the log says so: its release can be published again.
   *
   * @param published as registered
   */
  public void load(List<Release> published) {
    for (Release release : published) {
      Sha256 sha256 = Sha256.fromBytes(release.getManifestSha256().toByteArray());
      try {
        manifests.put(sha256, ReleaseManifest.parse(require(sha256, release.getRelease())));
      } catch (DroverException unusable) {
        LOG.atError()
            .addKeyValue("code", unusable.code())
            .addKeyValue("release", release.getRelease())
            .log("The manifest of a release is damaged; publish the release again");
      }
    }
  }

  /** Returns the names of the releases that a chunk is part of; reads their chunk tables. */
  public List<String> releasesOf(Sha256 chunk) {
    List<String> names = new ArrayList<>();
    manifests.forEach(
        (sha256, manifest) -> {
          if (sha256.equals(chunk)
              || manifest.artifacts().stream().anyMatch(artifact -> holds(artifact, chunk))) {
            names.add(manifest.label());
          }
        });
    return names;
  }

  private boolean holds(Artifact artifact, Sha256 chunk) {
    if (artifact.tableSha256s().contains(chunk.hex())) {
      return true;
    }
    try {
      return table(artifact).find(chunk).length > 0;
    } catch (DroverException unreadable) {
      return false;
    }
  }

  /**
   * Verifies signed documents together with what is kept, keeps them, and puts them on the broker.
   * Their content must have been uploaded before.
   *
   * @return the releases that the documents list, all of them verified
   * @throws DroverException with the code of the check that failed, {@link
   *     ErrorCode#LIMIT_EXCEEDED} for a document that does not fit into a message of the broker,
   *     {@link ErrorCode#SIGNATURE_INVALID} for one that nothing trusted leads to; then nothing is
   *     kept
   */
  public synchronized List<Release> publish(List<SignedDocument> received, Instant now) {
    Limits.check("The number of documents", received.size(), DOCUMENTS_MAX);
    Map<String, byte[]> offered = new HashMap<>();
    for (SignedDocument document : received) {
      byte[] content = document.getContent().toByteArray();
      RoleVersion name = new RoleVersion(document.getRole(), document.getVersion());
      Limits.check(
          "The size of the document " + name.path() + ", which travels in one message,",
          content.length,
          Limits.CHUNK_BYTES_MAX);
      offered.put(name.path(), content);
    }
    boolean first = trust.load(RoleVersion.ROOT).isEmpty();
    try {
      List<Release> releases = verify(offered, first, now);
      keep(offered);
      republish();
      return releases;
    } catch (RuntimeException refused) {
      if (first) {
        RoleVersion.TOP_LEVEL.forEach(trust::delete);
      }
      throw refused;
    }
  }

  private List<Release> verify(Map<String, byte[]> offered, boolean first, Instant now) {
    Set<String> followed = new HashSet<>();
    TufClient client =
        new TufClient(
            (name, max) -> {
              byte[] bytes = offered.get(name.path());
              if (bytes == null) {
                return kept(name.path(), max);
              }
              followed.add(name.path());
              return Optional.of(bytes);
            },
            trust,
            TrustOptions.BROKER);
    if (first) {
      byte[] root = offered.get(FIRST_ROOT);
      if (root == null) {
        throw new DroverException(
            ErrorCode.SIGNATURE_INVALID, "The hub has no release root, and none came along.");
      }
      client.trustInitialRoot(root);
      followed.add(FIRST_ROOT);
    }
    List<Release> releases = new ArrayList<>();
    if (offered.containsKey(RoleVersion.latest(RoleVersion.TIMESTAMP).path())) {
      TrustedRepository verified = client.refresh(now);
      for (TargetInfo target : verified.topLevelTargets()) {
        releases.add(release(target, verified.timestampVersion(), now));
      }
    }
    requirePart(offered, followed);
    return releases;
  }

  /** What is kept is retained for every device, so nothing comes in beside what was verified. */
  private void requirePart(Map<String, byte[]> offered, Set<String> followed) {
    List<byte[]> trusted =
        RoleVersion.TOP_LEVEL.stream().flatMap(role -> trust.load(role).stream()).toList();
    offered.forEach(
        (path, bytes) -> {
          boolean known =
              followed.contains(path)
                  || trusted.stream().anyMatch(one -> Arrays.equals(one, bytes))
                  || kept(path, Limits.CHUNK_BYTES_MAX)
                      .filter(one -> Arrays.equals(one, bytes))
                      .isPresent();
          if (!known) {
            throw new DroverException(
                ErrorCode.SIGNATURE_INVALID,
                path.equals(FIRST_ROOT)
                    ? "The hub trusts another release root already."
                    : "Nothing that the hub trusts leads to the document " + path + ".");
          }
        });
  }

  private Optional<byte[]> kept(String path, int bytesMax) {
    return DurableFiles.readBounded(documents.resolve(path), bytesMax);
  }

  private Release release(TargetInfo target, long timestampVersion, Instant now) {
    Sha256 sha256 = Sha256.fromHex(target.sha256());
    byte[] bytes = require(sha256, "the manifest " + target.path());
    target.verify(bytes);
    ReleaseManifest manifest = ReleaseManifest.parse(bytes);
    if (!manifest.targetPath().equals(target.path())) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "A manifest is not at the path of its name and version.");
    }
    manifest.artifacts().forEach(this::requireComplete);
    manifests.put(sha256, manifest);
    Release.Builder release =
        Release.newBuilder()
            .setRelease(manifest.label())
            .setTarget(target.path())
            .setManifestSha256(ByteString.copyFrom(sha256.toBytes()))
            .setReleaseCounter(manifest.releaseCounter())
            .setBytes(manifest.artifacts().stream().mapToLong(Artifact::length).sum())
            .setTimestampVersion(timestampVersion)
            .setPublishedMs(now.toEpochMilli())
            .setGoldenPrompts(manifest.evalSuite().size());
    manifest
        .model()
        .ifPresent(
            model -> release.setModelSha256(ByteString.copyFrom(Hashes.unhex(model.sha256()))));
    manifest.questions().forEach(question -> release.addQuestions(question.id()));
    return release.build();
  }

  private byte[] require(Sha256 sha256, String what) {
    return chunks
        .get(sha256)
        .orElseThrow(
            () ->
                new DroverException(
                    ErrorCode.NOT_FOUND, "The content of " + what + " was not uploaded."));
  }

  private void requireComplete(Artifact artifact) {
    ChunkTable parsed = table(artifact);
    if (parsed.totalLength() != artifact.length()) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "A chunk table does not have its artifact's length.");
    }
    for (int i = 0; i < parsed.count(); i++) {
      if (!chunks.has(parsed.digest(i))) {
        throw new DroverException(
            ErrorCode.NOT_FOUND, "Chunks of " + artifact.name() + " were not uploaded.");
      }
    }
  }

  private ChunkTable table(Artifact artifact) {
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    for (String piece : artifact.tableSha256s()) {
      table.writeBytes(require(Sha256.fromHex(piece), artifact.name()));
    }
    return ChunkTable.parse(table.toByteArray());
  }

  private void keep(Map<String, byte[]> offered) {
    chunks.sync();
    String timestamp = RoleVersion.latest(RoleVersion.TIMESTAMP).path();
    offered.forEach(
        (path, bytes) -> {
          if (!path.equals(timestamp)) {
            DurableFiles.replace(documents.resolve(path), bytes, DurableFiles.PUBLIC);
          }
        });
    byte[] last = offered.get(timestamp);
    if (last != null) {
      DurableFiles.replace(documents.resolve(timestamp), last, DurableFiles.PUBLIC);
    }
  }

  /** Puts all kept documents on the broker again, the timestamp last. Returns at once. */
  public synchronized void republish() {
    Map<String, byte[]> retained = new TreeMap<>();
    if (Files.isDirectory(documents)) {
      try (Stream<Path> files = Files.walk(documents)) {
        files
            .filter(file -> file.toString().endsWith(".json"))
            .forEach(file -> retained.put(topic(file), read(file)));
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }
    byte[] timestamp = retained.remove(topics.timestamp());
    retained.forEach(this::retain);
    if (timestamp != null) {
      retain(topics.timestamp(), timestamp);
    }
  }

  private String topic(Path file) {
    String relative = documents.relativize(file).toString();
    String path = relative.substring(0, relative.length() - ".json".length());
    return topics.prefix() + "repo/" + path;
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private void retain(String topic, byte[] bytes) {
    broker
        .publish(topic, bytes, true, 1)
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                LOG.atWarn()
                    .addKeyValue("topic", topic)
                    .setCause(failure)
                    .log("Metadata was not published; it is tried again when the broker is back");
              }
            });
  }
}
