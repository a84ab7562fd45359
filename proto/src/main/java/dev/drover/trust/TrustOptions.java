package dev.drover.trust;

/**
 * How strictly metadata is read and how the newest root is found.
 *
 * @param strictKeyIds whether a key must be listed under the hash of its object (section 4.2.2);
 *     TAP 12 drops that and some public repositories do not keep to it
 * @param rootVersionHint whether the newest root version is read from the timestamp's extra field
 *     {@code x-root-version}, before the timestamp is verified: for sources such as retained
 *     topics, where the absence of the next root cannot be observed. A lying hint can only make the
 *     refresh fail, or keep an older root until the timestamp that carries it expires
 */
public record TrustOptions(boolean strictKeyIds, boolean rootVersionHint) {
  /** Our own repositories over a broker. */
  public static final TrustOptions BROKER = new TrustOptions(true, true);

  /** Our own repositories over a source that can say "there is none": a directory, HTTP. */
  public static final TrustOptions DIRECTORY = new TrustOptions(true, false);

  /** Repositories that others wrote. */
  public static final TrustOptions LENIENT = new TrustOptions(false, false);
}
