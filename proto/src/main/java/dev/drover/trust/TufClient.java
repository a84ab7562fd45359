package dev.drover.trust;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Updates trusted metadata from an untrusted source (section 5), one refresh at a time.
 *
 * <p>Requests are exactly: the next roots until there is none (or up to the hinted one), the
 * timestamp, and then the snapshot and the targets if they changed. Each document is kept in the
 * store as soon as it is verified, so that an interrupted refresh is finished by the next one. Not
 * thread-safe.
 */
public final class TufClient {
  private final Fetcher fetcher;
  private final TrustStore store;
  private final TrustOptions options;

  /** Makes a client; nothing is read yet. */
  public TufClient(Fetcher fetcher, TrustStore store, TrustOptions options) {
    this.fetcher = fetcher;
    this.store = store;
    this.options = options;
  }

  /**
   * Starts to trust a root that was obtained in a trusted way. Does nothing if the store has a root
   * already: that one is as new or newer, and only a signed chain may replace it.
   *
   * @throws DroverException if the document is not a root that is signed by its own keys
   */
  public void trustInitialRoot(byte[] root) {
    checkRoot(root, options);
    if (!hasRoot()) {
      store.store(RoleVersion.ROOT, root);
    }
  }

  /** Returns whether a root is trusted. */
  public boolean hasRoot() {
    return store.load(RoleVersion.ROOT).isPresent();
  }

  /**
   * Returns the version of a root document that is signed by a threshold of its own keys, which
   * says nothing about whether those are the right keys.
   *
   * @throws DroverException if it is no such document
   */
  public static long checkRoot(byte[] root, TrustOptions options) {
    return new TrustedSet(root, Instant.MIN, options.strictKeyIds()).root().version();
  }

  /**
   * Runs one update of the top-level metadata (5.1 to 5.6.6).
   *
   * @param now the time that expiry is judged by, for the whole update
   * @return what is trusted now
   * @throws DroverException as the package describes; {@code NOT_FOUND} if no root is trusted yet
   */
  public TrustedRepository refresh(Instant now) {
    TrustedSet trusted = trustedRoot(now);
    byte @Nullable [] timestamp = null;
    if (options.rootVersionHint()) {
      timestamp = fetchTimestamp();
      walkRootsTo(trusted, TimestampDocument.parse(timestamp).rootVersion());
    } else {
      walkRoots(trusted);
    }
    trusted.requireValidRoot();
    updateTimestamp(trusted, timestamp == null ? fetchTimestamp() : timestamp);
    updateSnapshot(trusted);
    updateTargets(trusted);
    return new TrustedRepository(trusted, new TargetSearch(trusted, fetcher, store));
  }

  /**
   * Returns what the last complete refresh left in the store, without any request and whether or
   * not it has expired: expiry gates what is newly installed, never what already runs.
   *
   * @return empty if there was no complete refresh, or if what it left is damaged
   * @throws DroverException {@link ErrorCode#STORE_FAILED} if the store cannot be read
   */
  public Optional<TrustedRepository> stored() {
    try {
      TrustedSet trusted = trustedRoot(Instant.MIN);
      trusted.recallTimestamp(kept(RoleVersion.TIMESTAMP));
      trusted.recallSnapshot(kept(RoleVersion.SNAPSHOT));
      if (!trusted.hasAnnouncedSnapshot()) {
        return Optional.empty();
      }
      trusted.acceptTargets(kept(RoleVersion.TARGETS));
      Fetcher nothing = (name, bytesMax) -> Optional.empty();
      return Optional.of(new TrustedRepository(trusted, new TargetSearch(trusted, nothing, store)));
    } catch (DroverException incomplete) {
      rethrowIfStoreFailed(incomplete);
      return Optional.empty();
    }
  }

  private byte[] kept(String role) {
    return store
        .load(role)
        .orElseThrow(() -> new DroverException(ErrorCode.NOT_FOUND, "nothing kept for " + role));
  }

  private TrustedSet trustedRoot(Instant now) {
    byte[] root =
        store
            .load(RoleVersion.ROOT)
            .orElseThrow(
                () -> new DroverException(ErrorCode.NOT_FOUND, "no root metadata is trusted yet"));
    return new TrustedSet(root, now, options.strictKeyIds());
  }

  /** Follows the roots until the source has no next one (5.3.3). */
  private void walkRoots(TrustedSet trusted) {
    for (int step = 0; step < MetadataLimits.ROOT_STEPS_MAX; step++) {
      Optional<byte[]> next = fetch(nextRoot(trusted), MetadataLimits.ROOT_BYTES_MAX);
      if (next.isEmpty()) {
        return;
      }
      acceptRoot(trusted, next.get());
    }
  }

  /** Follows the roots to the version that the timestamp names; each of them must be there. */
  private void walkRootsTo(TrustedSet trusted, OptionalLong newest) {
    for (int step = 0; step < MetadataLimits.ROOT_STEPS_MAX; step++) {
      if (trusted.root().version() >= newest.orElse(0)) {
        return;
      }
      acceptRoot(trusted, require(nextRoot(trusted), MetadataLimits.ROOT_BYTES_MAX));
    }
  }

  private static RoleVersion nextRoot(TrustedSet trusted) {
    return new RoleVersion(RoleVersion.ROOT, trusted.root().version() + 1);
  }

  private void acceptRoot(TrustedSet trusted, byte[] root) {
    if (trusted.acceptRoot(root)) {
      // Before the root is kept: after a crash in between nobody would know of the rotation.
      store.delete(RoleVersion.TIMESTAMP);
      store.delete(RoleVersion.SNAPSHOT);
    }
    store.store(RoleVersion.ROOT, root);
  }

  private byte[] fetchTimestamp() {
    return require(RoleVersion.latest(RoleVersion.TIMESTAMP), MetadataLimits.TIMESTAMP_BYTES_MAX);
  }

  private void updateTimestamp(TrustedSet trusted, byte[] fetched) {
    recall(RoleVersion.TIMESTAMP, trusted::recallTimestamp);
    if (trusted.acceptTimestamp(fetched)) {
      store.store(RoleVersion.TIMESTAMP, fetched);
    }
  }

  private void updateSnapshot(TrustedSet trusted) {
    recall(RoleVersion.SNAPSHOT, trusted::recallSnapshot);
    if (!trusted.hasAnnouncedSnapshot()) {
      MetaFile announced = trusted.timestamp().snapshot();
      byte[] fetched =
          require(
              named(trusted, RoleVersion.SNAPSHOT, announced),
              announced.bytesMax(RoleVersion.SNAPSHOT));
      trusted.acceptSnapshot(fetched);
      store.store(RoleVersion.SNAPSHOT, fetched);
    }
  }

  private void updateTargets(TrustedSet trusted) {
    MetaFile announced = trusted.announced(RoleVersion.TARGETS);
    if (!recall(RoleVersion.TARGETS, trusted::acceptTargets)) {
      byte[] fetched =
          require(
              named(trusted, RoleVersion.TARGETS, announced),
              announced.bytesMax(RoleVersion.TARGETS));
      trusted.acceptTargets(fetched);
      store.store(RoleVersion.TARGETS, fetched);
    }
  }

  /** Offers a kept document; one that is damaged, outdated or not trusted any more is ignored. */
  private boolean recall(String role, KeptDocument taker) {
    return recall(store, role, taker);
  }

  static boolean recall(TrustStore store, String role, KeptDocument taker) {
    try {
      Optional<byte[]> kept = store.load(role);
      if (kept.isPresent()) {
        taker.take(kept.get());
        return true;
      }
      return false;
    } catch (DroverException unusable) {
      return rethrowIfStoreFailed(unusable);
    }
  }

  /**
   * A disk that does not answer must not pass for "nothing was kept": that would allow rollbacks.
   */
  private static boolean rethrowIfStoreFailed(DroverException failure) {
    if (failure.code() == ErrorCode.STORE_FAILED || failure.code() == ErrorCode.DISK_FULL) {
      throw failure;
    }
    return false;
  }

  /** Returns the name under which an announced document is published (section 6.2). */
  static RoleVersion named(TrustedSet trusted, String role, MetaFile announced) {
    return trusted.root().consistentSnapshot()
        ? new RoleVersion(role, announced.version())
        : RoleVersion.latest(role);
  }

  private Optional<byte[]> fetch(RoleVersion name, int bytesMax) {
    return fetch(fetcher, name, bytesMax);
  }

  private byte[] require(RoleVersion name, int bytesMax) {
    return require(fetcher, name, bytesMax);
  }

  static byte[] require(Fetcher fetcher, RoleVersion name, int bytesMax) {
    return fetch(fetcher, name, bytesMax)
        .orElseThrow(
            () -> new DroverException(ErrorCode.UNAVAILABLE, "the source does not have " + name));
  }

  private static Optional<byte[]> fetch(Fetcher fetcher, RoleVersion name, int bytesMax) {
    Optional<byte[]> document = fetcher.fetch(name, bytesMax);
    if (document.isPresent() && document.get().length > bytesMax) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, name + " is longer than " + bytesMax + " bytes");
    }
    return document;
  }

  /** Takes a kept document or throws. */
  @FunctionalInterface
  interface KeptDocument {
    void take(byte[] bytes);
  }
}
