package dev.drover.trust;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is trusted after a refresh. It does not change any more, except that a search may fetch and
 * keep delegated roles. Thread-safe.
 */
public final class TrustedRepository {
  private final TrustedSet trusted;
  private final TargetSearch search;

  TrustedRepository(TrustedSet trusted, TargetSearch search) {
    this.trusted = trusted;
    this.search = search;
  }

  /**
   * Looks a target up, in the top-level targets first and then along delegations (5.6.7).
   *
   * @param path exactly as listed
   * @return empty if nobody who may speak of it lists it
   * @throws dev.drover.wire.DroverException if a delegated role on the way cannot be fetched or is
   *     not trusted
   */
  public synchronized Optional<TargetInfo> find(String path) {
    return search.find(path);
  }

  /** Looks a target up as {@link #find(String)}; empty also where its content is another file. */
  public Optional<TargetInfo> find(String path, String sha256) {
    return find(path).filter(target -> target.sha256().equals(sha256));
  }

  /** Returns the targets that the top-level role lists, in their order. */
  public Collection<TargetInfo> topLevelTargets() {
    return List.copyOf(trusted.targets().targets().values());
  }

  /**
   * Returns a copy of an extra field of the top-level targets metadata, such as a fleet-wide floor;
   * its name starts with {@code x-}.
   */
  public Optional<JsonNode> extra(String field) {
    return Optional.ofNullable(trusted.targets().document().signed().node().get(field))
        .map(JsonNode::deepCopy);
  }

  /** Returns the version of the trusted root. */
  public long rootVersion() {
    return trusted.root().version();
  }

  /** Returns the version of the trusted timestamp. */
  public long timestampVersion() {
    return trusted.timestamp().document().version();
  }

  /** Returns the version of the trusted snapshot. */
  public long snapshotVersion() {
    return trusted.snapshot().document().version();
  }

  /** Returns the version of the trusted top-level targets. */
  public long targetsVersion() {
    return trusted.targets().document().version();
  }

  /** Returns the first moment at which one of the top-level documents is no longer valid. */
  public Instant validUntil() {
    return Stream.of(
            trusted.root().document(),
            trusted.timestamp().document(),
            trusted.snapshot().document(),
            trusted.targets().document())
        .map(SignedDocument::expires)
        .min(Instant::compareTo)
        .orElseThrow();
  }
}
