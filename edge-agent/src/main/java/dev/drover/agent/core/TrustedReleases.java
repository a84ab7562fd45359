package dev.drover.agent.core;

import dev.drover.release.ReleaseManifest;

/** Manifests whose signatures this device has checked. */
@FunctionalInterface
public interface TrustedReleases {
  /**
   * Returns a manifest by its digest: an installed one, or one that the release metadata lists, in
   * which case it may be fetched. May block for some seconds.
   *
   * @param sha256 of its bytes, 64 hexadecimal digits
   * @throws dev.drover.wire.DroverException {@code QUESTION_NOT_SIGNED} where no metadata that the
   *     device trusts lists it, {@code UNAVAILABLE} where it cannot be fetched now
   */
  ReleaseManifest manifest(String sha256);
}
