package dev.drover.agent.exchange;

import dev.drover.crypto.DurableFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The best time that the device knows: the latest of the system clock, of the last time that
 * somebody trusted proved (with what went by since), and of the build. A board that boots in 1970
 * so begins where it was before; a time that a signature proves can only move it forward. What was
 * proved is kept in a file, written at most once a minute. Thread-safe.
 */
public final class TrustedClock implements InstantSource {
  private static final long WRITE_EVERY_MS = 60_000;
  private static final long NANOS_PER_MS = 1_000_000;
  private static final int FILE_BYTES_MAX = 64;

  private final InstantSource system;
  private final LongSupplier monotonicNanos;
  private final Path file;

  private long provedMs;
  private long provedAtNanos;
  private long writtenMs;

  /**
   * Makes the clock.
   *
   * @param system the system's clock
   * @param monotonicNanos a monotonic clock of this process
   * @param file where the last proved time is kept
   * @param builtMs when this program was built, UTC milliseconds, or 0
   */
  public TrustedClock(InstantSource system, LongSupplier monotonicNanos, Path file, long builtMs) {
    this.system = system;
    this.monotonicNanos = monotonicNanos;
    this.file = file;
    this.writtenMs = kept(file);
    this.provedMs = Math.max(builtMs, writtenMs);
    this.provedAtNanos = monotonicNanos.getAsLong();
  }

  private static long kept(Path file) {
    try {
      return DurableFiles.readBounded(file, FILE_BYTES_MAX)
          .map(bytes -> Long.parseLong(new String(bytes, StandardCharsets.US_ASCII).strip()))
          .orElse(0L);
    } catch (NumberFormatException damaged) {
      return 0;
    }
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }

  @Override
  public synchronized long millis() {
    return Math.max(system.millis(), sinceProof());
  }

  /**
   * Learns that it is at least this time.
   *
   * @param ms UTC milliseconds, from a checked signature or certificate
   * @return whether the clock was behind by more than a minute
   */
  public synchronized boolean proved(long ms) {
    long before = Math.max(system.millis(), sinceProof());
    if (ms > sinceProof()) {
      provedMs = ms;
      provedAtNanos = monotonicNanos.getAsLong();
    }
    if (ms >= writtenMs + WRITE_EVERY_MS) {
      writtenMs = ms;
      byte[] text = Long.toString(ms).getBytes(StandardCharsets.US_ASCII);
      DurableFiles.replace(file, text, DurableFiles.OWNER_ONLY);
    }
    return ms > before + WRITE_EVERY_MS;
  }

  private long sinceProof() {
    return provedMs + (monotonicNanos.getAsLong() - provedAtNanos) / NANOS_PER_MS;
  }
}
