package dev.drover.agent.exchange;

import dev.drover.v1.TimeAnswer;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the hub for the time, and takes only the answer to the very question: it carries the
 * question's random number, so that nobody can pass off an old one. One question is open at a time,
 * for {@link #PATIENCE_MS}; the next one after doubt follows a minute later at the earliest.
 * Thread-safe.
 */
public final class TimeExchange {
  /** How long an answer may take, and by how much it may so be off. */
  static final long PATIENCE_MS = 20_000;

  static final long PAUSE_MS = 60_000;

  /** Bytes of the random number. */
  static final int NONCE_BYTES = 16;

  private static final long NANOS_PER_MS = 1_000_000;

  private final TrustedClock clock;
  private final SecureRandom random;
  private final LongSupplier monotonicNanos;
  private byte @Nullable [] open;
  private long askedAtNanos;
  private boolean askedBefore;

  /** Makes an exchange that has asked nothing. */
  public TimeExchange(TrustedClock clock, SecureRandom random, LongSupplier monotonicNanos) {
    this.clock = clock;
    this.random = random;
    this.monotonicNanos = monotonicNanos;
  }

  /** Returns the best time that the device knows, UTC milliseconds. */
  public long nowMs() {
    return clock.millis();
  }

  /** Learns that it is at least this time; see {@link TrustedClock#proved}. */
  TrustedClock.Finding proved(long ms) {
    return clock.proved(ms);
  }

  /** Begins a question and returns its number; one that was open is given up. */
  public synchronized byte[] ask() {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    open = nonce.clone();
    askedAtNanos = monotonicNanos.getAsLong();
    askedBefore = true;
    return nonce;
  }

  /** Begins a question because the clock is in doubt, unless the last one is too recent. */
  public synchronized Optional<byte[]> askInDoubt() {
    return askedBefore && sinceAskedMs() < PAUSE_MS ? Optional.empty() : Optional.of(ask());
  }

  /** Returns whether an answer may still come: nothing should be judged by the clock until then. */
  public synchronized boolean waiting() {
    return open != null && sinceAskedMs() <= PATIENCE_MS;
  }

  /**
   * Takes an answer whose signature was checked.
   *
   * @return whether the clock was wrong by more than a minute, and is set now
   * @throws DroverException {@code LEASE_REPLAYED} where it answers no open question, {@code
   *     CLOCK_UNTRUSTED} where it cannot be true
   */
  public synchronized boolean answered(TimeAnswer answer) {
    boolean fits =
        waiting() && open != null && MessageDigest.isEqual(open, answer.getNonce().toByteArray());
    if (!fits) {
      throw new DroverException(
          ErrorCode.LEASE_REPLAYED, "A time of the hub answers no open question.");
    }
    open = null;
    return clock.answered(answer.getTimeMs());
  }

  private long sinceAskedMs() {
    return (monotonicNanos.getAsLong() - askedAtNanos) / NANOS_PER_MS;
  }
}
