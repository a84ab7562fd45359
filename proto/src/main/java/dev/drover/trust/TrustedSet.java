package dev.drover.trust;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The verification workflow of section 5 as a pure machine: documents go in, in the order root,
 * timestamp, snapshot, targets, and each is either trusted from then on or refused with an
 * exception that leaves everything as it was.
 *
 * <p>{@code accept…} takes a document from the source and makes all checks of its section; {@code
 * recall…} takes one that was kept from an earlier update, which may have expired since and then
 * still serves to detect a rollback. Not thread-safe.
 */
final class TrustedSet {
  private final Instant now;
  private final boolean strictKeyIds;
  private RootDocument root;
  private @Nullable TimestampDocument timestamp;
  private @Nullable SnapshotDocument snapshot;
  private boolean snapshotIsAnnounced;
  private final Map<String, TargetsDocument> targets = new HashMap<>();
  private final Set<Edge> verifiedEdges = new HashSet<>();

  /** A delegated role as one delegator sees it. */
  private record Edge(String delegator, String role) {}

  /**
   * Starts with the root that is trusted already (5.2), checked against itself.
   *
   * @param now the fixed start time of the update (5.1)
   */
  TrustedSet(byte[] trustedRoot, Instant now, boolean strictKeyIds) {
    this.now = now;
    this.strictKeyIds = strictKeyIds;
    this.root = RootDocument.parse(trustedRoot, strictKeyIds);
    root.keysOf(RoleVersion.ROOT).verify(root.document(), RoleVersion.ROOT);
  }

  RootDocument root() {
    return root;
  }

  TimestampDocument timestamp() {
    return require(timestamp, RoleVersion.TIMESTAMP);
  }

  SnapshotDocument snapshot() {
    return require(snapshot, RoleVersion.SNAPSHOT);
  }

  TargetsDocument targets() {
    return require(targets.get(RoleVersion.TARGETS), RoleVersion.TARGETS);
  }

  /**
   * Takes the next root (5.3.4 to 5.3.7).
   *
   * @return whether the keys of timestamp or snapshot changed: their kept documents must then be
   *     forgotten (5.3.11)
   */
  boolean acceptRoot(byte[] bytes) {
    RootDocument next = RootDocument.parse(bytes, strictKeyIds);
    root.keysOf(RoleVersion.ROOT).verify(next.document(), RoleVersion.ROOT);
    next.keysOf(RoleVersion.ROOT).verify(next.document(), RoleVersion.ROOT);
    if (next.version() != root.version() + 1) {
      throw new DroverException(
          ErrorCode.METADATA_ROLLBACK,
          "root metadata has version " + next.version() + " after " + root.version());
    }
    boolean rotated = next.rotatesOnlineKeysOf(root);
    root = next;
    return rotated;
  }

  /** Ends the walk along the roots: the newest must be valid (5.3.10). */
  void requireValidRoot() {
    root.document().requireValidAt(now, RoleVersion.ROOT);
  }

  /** Takes the kept timestamp, for comparison. */
  void recallTimestamp(byte[] bytes) {
    TimestampDocument kept = TimestampDocument.parse(bytes);
    verifyTopLevel(kept.document(), RoleVersion.TIMESTAMP);
    timestamp = kept;
  }

  /**
   * Takes a timestamp from the source (5.4).
   *
   * @return whether it is newer than the kept one; if not, the kept one stays and is valid
   */
  boolean acceptTimestamp(byte[] bytes) {
    TimestampDocument next = TimestampDocument.parse(bytes);
    verifyTopLevel(next.document(), RoleVersion.TIMESTAMP);
    TimestampDocument kept = timestamp;
    if (kept != null) {
      requireNotOlder(kept.document(), next.document(), RoleVersion.TIMESTAMP);
      if (kept.document().version() == next.document().version()) {
        kept.document().requireValidAt(now, RoleVersion.TIMESTAMP);
        return false;
      }
      requireNotOlder(kept.snapshot(), next.snapshot(), RoleVersion.SNAPSHOT);
    }
    next.document().requireValidAt(now, RoleVersion.TIMESTAMP);
    timestamp = next;
    return true;
  }

  /** Takes the kept snapshot, for comparison, and for use if it is still the announced one. */
  void recallSnapshot(byte[] bytes) {
    SnapshotDocument kept = SnapshotDocument.parse(bytes);
    verifyTopLevel(kept.document(), RoleVersion.SNAPSHOT);
    snapshot = kept;
    try {
      MetaFile announced = timestamp().snapshot();
      announced.requireBytes(bytes, RoleVersion.SNAPSHOT);
      announced.requireVersion(kept.document(), RoleVersion.SNAPSHOT);
      kept.document().requireValidAt(now, RoleVersion.SNAPSHOT);
      snapshotIsAnnounced = true;
    } catch (DroverException olderOne) {
      snapshotIsAnnounced = false;
    }
  }

  /** Returns whether a valid snapshot of the announced version is there. */
  boolean hasAnnouncedSnapshot() {
    return snapshotIsAnnounced;
  }

  /** Takes a snapshot from the source (5.5). */
  void acceptSnapshot(byte[] bytes) {
    MetaFile announced = timestamp().snapshot();
    announced.requireBytes(bytes, RoleVersion.SNAPSHOT);
    SnapshotDocument next = SnapshotDocument.parse(bytes);
    verifyTopLevel(next.document(), RoleVersion.SNAPSHOT);
    announced.requireVersion(next.document(), RoleVersion.SNAPSHOT);
    if (snapshot != null) {
      requireNoneFell(snapshot, next);
    }
    next.document().requireValidAt(now, RoleVersion.SNAPSHOT);
    snapshot = next;
    snapshotIsAnnounced = true;
  }

  /** Returns what the snapshot announces about a targets role. */
  MetaFile announced(String role) {
    return snapshot()
        .metaOf(role)
        .orElseThrow(
            () ->
                new DroverException(
                    ErrorCode.UNAVAILABLE,
                    "the snapshot does not list the role " + RoleVersion.encode(role)));
  }

  /** Takes the top-level targets, kept or from the source (5.6.2 to 5.6.5). */
  void acceptTargets(byte[] bytes) {
    RoleKeys keys = root.keysOf(RoleVersion.TARGETS);
    acceptTargets(bytes, RoleVersion.TARGETS, keys, new Edge(RoleVersion.ROOT, "targets"));
  }

  /** Takes a delegated role's document for a delegator, kept or from the source (5.6.7). */
  void acceptDelegated(byte[] bytes, String delegator, Delegation delegation) {
    String role = delegation.role();
    acceptTargets(bytes, role, delegation.keys(), new Edge(delegator, role));
  }

  /**
   * Returns a delegated role's document if it was taken before, verified for this delegator too:
   * another delegator may have named other keys.
   */
  Optional<TargetsDocument> known(String delegator, Delegation delegation) {
    TargetsDocument known = targets.get(delegation.role());
    if (known != null && verifiedEdges.add(new Edge(delegator, delegation.role()))) {
      try {
        delegation.keys().verify(known.document(), delegation.role());
      } catch (DroverException e) {
        verifiedEdges.remove(new Edge(delegator, delegation.role()));
        throw e;
      }
    }
    return Optional.ofNullable(known);
  }

  private void acceptTargets(byte[] bytes, String role, RoleKeys keys, Edge edge) {
    MetaFile announced = announced(role);
    announced.requireBytes(bytes, role);
    TargetsDocument next = TargetsDocument.parse(bytes, strictKeyIds);
    keys.verify(next.document(), role);
    announced.requireVersion(next.document(), role);
    next.document().requireValidAt(now, role);
    targets.put(role, next);
    verifiedEdges.add(edge);
  }

  private void verifyTopLevel(SignedDocument document, String role) {
    root.keysOf(role).verify(document, role);
  }

  private static void requireNoneFell(SnapshotDocument kept, SnapshotDocument next) {
    kept.meta()
        .forEach(
            (file, meta) -> {
              MetaFile newer = next.meta().get(file);
              if (newer == null) {
                throw new DroverException(
                    ErrorCode.METADATA_ROLLBACK,
                    "the snapshot lists " + RoleVersion.encode(file) + " no more");
              }
              requireNotOlder(meta, newer, file);
            });
  }

  private static void requireNotOlder(MetaFile kept, MetaFile next, String role) {
    requireNotOlder(kept.version(), next.version(), role);
  }

  private static void requireNotOlder(SignedDocument kept, SignedDocument next, String role) {
    requireNotOlder(kept.version(), next.version(), role);
  }

  private static void requireNotOlder(long kept, long next, String role) {
    if (next < kept) {
      throw new DroverException(
          ErrorCode.METADATA_ROLLBACK,
          RoleVersion.encode(role) + " metadata falls from version " + kept + " to " + next);
    }
  }

  private static <T> T require(@Nullable T document, String role) {
    if (document == null) {
      throw new IllegalStateException("no trusted " + role + " yet");
    }
    return document;
  }
}
