package dev.drover.agent.release;

import dev.drover.agent.core.ControlLink;
import dev.drover.crypto.Hashes;
import dev.drover.trust.Fetcher;
import dev.drover.trust.FileTrustStore;
import dev.drover.trust.RoleVersion;
import dev.drover.trust.TargetInfo;
import dev.drover.trust.TrustOptions;
import dev.drover.trust.TrustStore;
import dev.drover.trust.TrustedRepository;
import dev.drover.trust.TufClient;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import dev.drover.wire.Topics;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What release metadata this device trusts. Thread-safe. */
public final class ReleaseTrust {
  private static final Logger LOG = LoggerFactory.getLogger(ReleaseTrust.class);
  private static final RoleVersion FIRST_ROOT = new RoleVersion(RoleVersion.ROOT, 1);

  private final TufClient client;
  private final Fetcher broker;
  private final InstantSource clock;

  /**
   * Opens the trust of this device.
   *
   * @param directory where verified documents are kept
   * @param clock the best time that the device knows
   */
  public ReleaseTrust(Path directory, ControlLink link, String tenant, InstantSource clock) {
    this(new FileTrustStore(directory), new RetainedMetadata(link, new Topics(tenant)), clock);
  }

  /** As the other one, over documents that are kept elsewhere. */
  public ReleaseTrust(TrustStore store, ControlLink link, String tenant, InstantSource clock) {
    this(store, new RetainedMetadata(link, new Topics(tenant)), clock);
  }

  ReleaseTrust(Path directory, Fetcher broker, InstantSource clock) {
    this(new FileTrustStore(directory), broker, clock);
  }

  private ReleaseTrust(TrustStore store, Fetcher broker, InstantSource clock) {
    this.broker = broker;
    this.client = new TufClient(broker, store, TrustOptions.BROKER);
    this.clock = clock;
  }

  /**
   * Checks that these bytes are a root document that is signed by its own keys.
   *
   * @throws DroverException {@code INVALID_ARGUMENT} if they are not
   */
  public static void requireRoot(byte[] root) {
    try {
      var unused = TufClient.checkRoot(root, TrustOptions.BROKER);
    } catch (DroverException none) {
      throw new DroverException(
              ErrorCode.INVALID_ARGUMENT, "This is no release root: " + none.getMessage(), none)
          .withNextStep("Get release-root.json from the publisher: `release init` writes it.");
    }
  }

  /**
   * Begins to trust a root document that came with enrolment or from the owner; does nothing where
   * one is trusted already.
   *
   * @throws DroverException if it is no root that is signed by its own keys
   */
  public static void begin(Path directory, byte[] root) {
    new TufClient(
            (name, bytesMax) -> Optional.empty(),
            new FileTrustStore(directory),
            TrustOptions.BROKER)
        .trustInitialRoot(root);
  }

  /**
   * Begins to trust the root that the hub names, where the device was enrolled before there was one
   * and its owner gave none; does nothing where one is trusted already. That is the choice which
   * enrolment leaves to the hub too, once and for good. Blocks.
   *
   * @param sha256 of the first root, from a command that the hub signed; empty if it named none
   * @throws DroverException {@code UNAVAILABLE} where the root cannot be fetched now, {@code
   *     SIGNATURE_INVALID} where the broker holds another, {@code NOT_FOUND} where none is named
   */
  synchronized void begin(byte[] sha256) {
    if (client.hasRoot()) {
      return;
    }
    if (sha256.length == 0) {
      throw new DroverException(ErrorCode.NOT_FOUND, "This device trusts no publisher yet.")
          .withNextStep("Enrol it again, with --release-root FILE or after the first release.");
    }
    byte[] root =
        broker
            .fetch(FIRST_ROOT, Limits.TUF_ROOT_BYTES_MAX)
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.UNAVAILABLE, "The broker does not hold the release root yet."));
    if (!MessageDigest.isEqual(Hashes.sha256(root), sha256)) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID,
          "The broker's release root is not the one that the hub named.");
    }
    client.trustInitialRoot(root);
    LOG.atInfo().addKeyValue("sha256", Hashes.hex(sha256)).log("Releases of this root are trusted");
  }

  /**
   * Returns the newest metadata, fetched and verified. Blocks.
   *
   * @throws DroverException {@code UNAVAILABLE} where it cannot be fetched now, {@code
   *     SIGNATURE_INVALID}, {@code METADATA_ROLLBACK}, {@code METADATA_EXPIRED}, {@code NOT_FOUND}
   *     where no root is trusted
   */
  public synchronized TrustedRepository refresh() {
    return client.refresh(Instant.ofEpochMilli(clock.millis()));
  }

  /** Returns what the last refresh left, whether or not it has expired since. */
  public synchronized Optional<TrustedRepository> stored() {
    return client.stored();
  }

  /**
   * Returns a target whose content is this file.
   *
   * @throws DroverException {@code SIGNATURE_INVALID} where the metadata does not list it so
   */
  public static TargetInfo require(TrustedRepository repository, String path, String sha256) {
    return repository
        .find(path, sha256)
        .orElseThrow(
            () ->
                new DroverException(
                    ErrorCode.SIGNATURE_INVALID, "No trusted metadata lists this release."));
  }
}
