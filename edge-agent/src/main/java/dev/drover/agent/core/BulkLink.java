package dev.drover.agent.core;

import java.util.Collection;
import java.util.concurrent.CompletionStage;

/**
 * A device's link for chunks, open only while something is fetched.
 *
 * <p>A lost link is not mended: the fetch opens another one. All methods may be called from any
 * thread and return at once, except {@link #close}.
 */
public interface BulkLink extends AutoCloseable {
  /** What the fetch does with what arrives; called from one thread at a time. */
  interface Listener {
    /**
     * Takes a chunk as received: unchecked, at most once the packet limit in length. May take its
     * time: the broker is not acknowledged before it returns, which bounds what is in memory to the
     * window. May come twice.
     *
     * @param sha256 the name of the topic it came on, 64 hexadecimal digits
     */
    void onChunk(String sha256, byte[] payload);

    /** Learns that the link is lost and of no more use; called at most once, not after a close. */
    void onLost();
  }

  /** Opens links; the caller closes each. */
  @FunctionalInterface
  interface Opener {
    /**
     * Connects.
     *
     * @return the open link; exceptionally with a {@code DroverException} {@code UNAVAILABLE}
     */
    CompletionStage<BulkLink> open(Listener listener);
  }

  /** Most chunks to be subscribed at a time. */
  int windowMax();

  /**
   * Subscribes to chunks: what the broker retains arrives at once, the rest when it is published.
   *
   * @param sha256s with those subscribed already at most {@link #windowMax}
   * @return completes when the broker has accepted; exceptionally with {@code UNAVAILABLE}, {@code
   *     PERMISSION_DENIED} or {@code LIMIT_EXCEEDED} (beyond the window)
   */
  CompletionStage<Void> subscribe(Collection<String> sha256s);

  /** Ends subscriptions; those that do not exist are ignored. */
  CompletionStage<Void> unsubscribe(Collection<String> sha256s);

  /** Disconnects. Waits at most some seconds. */
  @Override
  void close();
}
