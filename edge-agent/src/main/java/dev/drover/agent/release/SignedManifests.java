package dev.drover.agent.release;

import dev.drover.agent.core.TrustedReleases;
import dev.drover.release.ReleaseManifest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Manifests that a publisher signed for this device: those of staged slots, and those that trusted
 * metadata lists, which are fetched when they are first asked for. Thread-safe.
 */
public final class SignedManifests implements TrustedReleases {
  private static final int CACHED_MAX = 16;
  private static final long FETCH_NANOS_MAX = Duration.ofSeconds(60).toNanos();

  private final ContentStore store;
  private final ReleaseTrust trust;
  private final ReleaseFetcher fetcher;
  private final LongSupplier nanoTime;
  private final Map<String, ReleaseManifest> cache = new LinkedHashMap<>();

  /**
   * Makes a source.
   *
   * @param nanoTime monotonic time in nanoseconds
   */
  public SignedManifests(
      ContentStore store, ReleaseTrust trust, ReleaseFetcher fetcher, LongSupplier nanoTime) {
    this.store = store;
    this.trust = trust;
    this.fetcher = fetcher;
    this.nanoTime = nanoTime;
  }

  @Override
  public synchronized ReleaseManifest manifest(String sha256) {
    ReleaseManifest known = cache.get(sha256);
    if (known == null) {
      known = load(sha256);
      if (cache.size() >= CACHED_MAX) {
        cache.remove(cache.keySet().iterator().next());
      }
      cache.put(sha256, known);
    }
    return known;
  }

  private ReleaseManifest load(String sha256) {
    Optional<byte[]> kept = store.manifest(sha256);
    if (kept.isPresent() && store.isStaged(sha256)) {
      return ReleaseManifest.parse(kept.get());
    }
    byte[] bytes = kept.orElseGet(() -> fetch(sha256));
    ReleaseManifest manifest = ReleaseManifest.parse(bytes);
    String path = manifest.targetPath();
    boolean listed =
        trust.stored().flatMap(known -> known.find(path, sha256)).isPresent()
            || trust.refresh().find(path, sha256).isPresent();
    if (!listed) {
      throw new DroverException(
          ErrorCode.QUESTION_NOT_SIGNED, "No release metadata that this device trusts lists it.");
    }
    if (kept.isEmpty()) {
      store.keepManifest(sha256, bytes);
    }
    return manifest;
  }

  private byte[] fetch(String sha256) {
    long until = nanoTime.getAsLong() + FETCH_NANOS_MAX;
    return fetcher.chunk(
        sha256,
        () -> {
          if (nanoTime.getAsLong() > until) {
            throw new DroverException(
                ErrorCode.UNAVAILABLE, "The release's manifest cannot be fetched now.");
          }
        });
  }
}
