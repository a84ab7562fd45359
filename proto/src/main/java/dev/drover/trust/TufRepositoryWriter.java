package dev.drover.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The publisher's side of a repository (section 6): a directory whose files are, byte for byte, the
 * documents to publish.
 *
 * <pre>
 * root/1.json  meta/3/targets.json  meta/3/snapshot.json  timestamp.json
 * </pre>
 *
 * <p>A version is never reused or lowered, not even one whose publication a crash cut short. Before
 * anything is written the new documents are verified as a client that holds the old ones would;
 * then targets, snapshot and, last, the timestamp are replaced durably, so that a reader of the
 * directory sees the old state or the new one. One writer uses a directory at a time. Not
 * thread-safe.
 */
public final class TufRepositoryWriter {
  private static final String SPEC_VERSION = "1.0.34";
  private static final int TARGET_PATH_CHARS_MAX = 1024;

  private final RepositoryDirectory directory;
  private final Map<String, RoleSigners> signers;
  private final ObjectNode targets;
  private int documentBytesMax = Integer.MAX_VALUE;

  private TufRepositoryWriter(
      RepositoryDirectory directory, Map<String, RoleSigners> signers, ObjectNode targets) {
    this.directory = directory;
    this.signers = Map.copyOf(signers);
    this.targets = targets;
  }

  /**
   * Makes an empty repository: writes root version 1. Nothing can be read from it before the first
   * {@link #publish}.
   *
   * @param signers keys of each of the four top-level roles, by {@link RoleVersion} role name
   * @param rootExpires end of validity of the root
   * @throws DroverException {@link ErrorCode#ALREADY_EXISTS} if there is a repository already
   */
  public static TufRepositoryWriter create(
      Path path, Map<String, RoleSigners> signers, Instant rootExpires) {
    RepositoryDirectory directory = new RepositoryDirectory(path);
    if (directory.newestRoot() > 0) {
      throw new DroverException(ErrorCode.ALREADY_EXISTS, "there is a repository in " + path);
    }
    TufRepositoryWriter writer =
        new TufRepositoryWriter(directory, signers, JsonNodeFactory.instance.objectNode());
    writer.targets.putObject("targets");
    byte[] root = writer.seal(RoleVersion.ROOT, writer.rootContent(), 1, rootExpires);
    TufClient.checkRoot(root, TrustOptions.DIRECTORY);
    directory.write(new RoleVersion(RoleVersion.ROOT, 1), root);
    return writer;
  }

  /**
   * Opens a repository to change it. What is there is verified, so that a damaged or forged
   * document is never signed again.
   *
   * @param signers keys of the roles that will be signed; others may be missing
   * @throws DroverException {@link ErrorCode#NOT_FOUND} if there is none
   */
  public static TufRepositoryWriter open(Path path, Map<String, RoleSigners> signers) {
    RepositoryDirectory directory = new RepositoryDirectory(path);
    TrustedSet trusted = directory.verifiedRoot();
    ObjectNode targets = JsonNodeFactory.instance.objectNode();
    if (directory.recallInto(trusted)) {
      targets.setAll(trusted.targets().document().signed().node().deepCopy());
    } else {
      targets.putObject("targets");
    }
    return new TufRepositoryWriter(directory, signers, targets);
  }

  /**
   * Lets {@link #publish} and {@link #renewTimestamp} refuse to sign a larger document, before
   * anything is written.
   */
  public void limitDocuments(int bytesMax) {
    documentBytesMax = bytesMax;
  }

  /**
   * Lists a file, or changes what is listed about it. Takes effect with {@link #publish}.
   *
   * @param targetPath relative, with {@code /}, without empty, {@code .} or {@code ..} segments
   * @param lengthBytes exact length, 0 or more
   * @param sha256 digest of the whole file
   * @param custom what the application says about it; may be empty
   */
  public void putTarget(String targetPath, long lengthBytes, byte[] sha256, ObjectNode custom) {
    requirePath(targetPath);
    if (lengthBytes < 0 || sha256.length != Hashes.SHA256_BYTES) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "a target needs a length and a SHA-256");
    }
    CanonicalJson.encode(custom);
    ObjectNode entry = listed().putObject(targetPath);
    entry.put("length", lengthBytes).putObject("hashes").put("sha256", Hashes.hex(sha256));
    if (!custom.isEmpty()) {
      entry.set("custom", custom.deepCopy());
    }
  }

  /** Returns what is listed about a file, as {@link #putTarget} took it, if it is listed. */
  public Optional<TargetInfo> target(String targetPath) {
    return Optional.ofNullable(listed().get(targetPath))
        .map(entry -> TargetInfo.parse(targetPath, Fields.of(entry, "targets")));
  }

  /** Lists a file no more; does nothing if it is not listed. */
  public void removeTarget(String targetPath) {
    listed().remove(targetPath);
  }

  /**
   * Sets an extra field of the targets metadata, which {@link TrustedRepository#extra} returns.
   *
   * @param field a name that starts with {@code x-}
   */
  public void putExtra(String field, JsonNode value) {
    if (!field.startsWith("x-")) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "extra fields start with x-");
    }
    CanonicalJson.encode(value);
    targets.set(field, value.deepCopy());
  }

  /**
   * Signs and writes targets, snapshot and timestamp, each with its next version; durable on
   * return.
   *
   * @return the version of the new timestamp
   * @throws DroverException {@link ErrorCode#LIMIT_EXCEEDED} if a document would be too large
   */
  public long publish(RepositoryExpiry expiry) {
    TrustedSet trusted = directory.verifiedRoot();
    boolean first = !directory.recallInto(trusted);

    long targetsVersion = directory.newestVersion(RoleVersion.TARGETS) + 1;
    byte[] targetsBytes = seal(RoleVersion.TARGETS, targets, targetsVersion, expiry.targets());
    ObjectNode listing =
        first
            ? JsonNodeFactory.instance.objectNode()
            : (ObjectNode) trusted.snapshot().document().signed().node().get("meta").deepCopy();
    listing.set("targets.json", describe(targetsVersion, targetsBytes));
    long snapshotVersion = directory.newestVersion(RoleVersion.SNAPSHOT) + 1;
    byte[] snapshotBytes =
        seal(RoleVersion.SNAPSHOT, withMeta(listing), snapshotVersion, expiry.snapshot());
    byte[] timestampBytes =
        timestamp(trusted, describe(snapshotVersion, snapshotBytes), expiry.timestamp());

    trusted.acceptTimestamp(timestampBytes);
    trusted.acceptSnapshot(snapshotBytes);
    trusted.acceptTargets(targetsBytes);
    directory.write(new RoleVersion(RoleVersion.TARGETS, targetsVersion), targetsBytes);
    directory.write(new RoleVersion(RoleVersion.SNAPSHOT, snapshotVersion), snapshotBytes);
    directory.write(RoleVersion.latest(RoleVersion.TIMESTAMP), timestampBytes);
    return trusted.timestamp().document().version();
  }

  /**
   * Signs the timestamp again over the same snapshot, with its next version; durable on return.
   *
   * @return the version of the new timestamp
   * @throws DroverException {@link ErrorCode#NOT_FOUND} if nothing was published yet
   */
  public long renewTimestamp(Instant expires) {
    TrustedSet trusted = directory.verifiedRoot();
    if (!directory.recallInto(trusted)) {
      throw new DroverException(ErrorCode.NOT_FOUND, "nothing was published yet");
    }
    Fields kept = trusted.timestamp().document().signed();
    byte[] bytes = timestamp(trusted, kept.object("meta").object("snapshot.json").node(), expires);
    trusted.acceptTimestamp(bytes);
    directory.write(RoleVersion.latest(RoleVersion.TIMESTAMP), bytes);
    return trusted.timestamp().document().version();
  }

  /** Returns the newest root document: what devices are given to trust at first. */
  public byte[] rootDocument() {
    return directory.read(new RoleVersion(RoleVersion.ROOT, directory.newestRoot()));
  }

  private byte[] timestamp(TrustedSet trusted, ObjectNode snapshot, Instant expires) {
    ObjectNode listing = JsonNodeFactory.instance.objectNode();
    listing.set("snapshot.json", snapshot);
    ObjectNode content = withMeta(listing);
    content.put(TimestampDocument.ROOT_VERSION, trusted.root().version());
    return seal(
        RoleVersion.TIMESTAMP,
        content,
        directory.newestVersion(RoleVersion.TIMESTAMP) + 1,
        expires);
  }

  private byte[] seal(String role, ObjectNode content, long version, Instant expires) {
    RoleSigners own = signersOf(role);
    ObjectNode signed = content.deepCopy();
    signed.put("_type", role).put("spec_version", SPEC_VERSION).put("version", version);
    signed.put("expires", expires.truncatedTo(ChronoUnit.SECONDS).toString());
    byte[] document = SealedDocument.of(signed, own.signers());
    Limits.check("The size of the " + role + " document", document.length, documentBytesMax);
    return document;
  }

  private ObjectNode rootContent() {
    ObjectNode content = JsonNodeFactory.instance.objectNode();
    content.put("consistent_snapshot", true);
    ObjectNode keys = content.putObject("keys");
    ObjectNode roles = content.putObject("roles");
    for (String role : RoleVersion.TOP_LEVEL) {
      RoleSigners own = signersOf(role);
      ObjectNode entry = roles.putObject(role).put("threshold", own.threshold());
      Map<String, TufKey> sorted = new TreeMap<>();
      own.signers().forEach(signer -> sorted.put(signer.key().keyId(), signer.key()));
      sorted.forEach((id, key) -> keys.set(id, key.toJson()));
      sorted.keySet().forEach(entry.withArray("keyids")::add);
    }
    return content;
  }

  private RoleSigners signersOf(String role) {
    RoleSigners own = signers.get(role);
    if (own == null) {
      throw new DroverException(ErrorCode.NOT_FOUND, "no key was given for the role " + role);
    }
    return own;
  }

  private ObjectNode listed() {
    return (ObjectNode) targets.get("targets");
  }

  private static ObjectNode withMeta(ObjectNode listing) {
    ObjectNode content = JsonNodeFactory.instance.objectNode();
    content.set("meta", listing);
    return content;
  }

  private static ObjectNode describe(long version, byte[] bytes) {
    ObjectNode meta = JsonNodeFactory.instance.objectNode();
    meta.put("version", version).put("length", bytes.length);
    meta.putObject("hashes").put("sha256", Hashes.hex(Hashes.sha256(bytes)));
    return meta;
  }

  private static void requirePath(String path) {
    boolean bad = path.length() > TARGET_PATH_CHARS_MAX;
    for (String segment : path.split("/", -1)) {
      bad |= segment.isEmpty() || segment.equals(".") || segment.equals("..");
    }
    if (bad || path.chars().anyMatch(Character::isISOControl)) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "a target path must be relative and without empty segments");
    }
  }
}
