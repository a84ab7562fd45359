package dev.drover.agent.exchange;

import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The best time that the device knows: the latest of the system clock, of the last time that
 * somebody trusted proved (with what went by since), and of the build. A board that boots in 1970
 * so begins where it was before.
 *
 * <p>A signature alone proves only that it is at least the time it names, for the message may be an
 * old one; it moves the clock forward and never back. The answer to a request with a fresh number
 * ({@link TimeExchange}) tells what time it is: from then on a system clock that is more than a
 * minute away from it is not believed, ahead or behind, until it agrees, and neither is an older
 * proof. The time is never before the build.
 *
 * <p>What was learned is kept in a file, written at most once a minute. Thread-safe.
 */
public final class TrustedClock implements InstantSource {
  /** By how much a clock may be off before it counts as wrong. */
  public static final long TOLERANCE_MS = 60_000;

  private static final long NANOS_PER_MS = 1_000_000;
  private static final int FILE_BYTES_MAX = 64;

  private final InstantSource system;
  private final LongSupplier monotonicNanos;
  private final Kept kept;
  private final long builtMs;

  private long provedMs;
  private long provedAtNanos;
  private long writtenMs;
  private boolean answered;

  /** What a signed time says about this clock. */
  public enum Finding {
    /** They agree, within a minute. */
    AGREES,
    /** The clock was behind and was set forward. */
    WAS_BEHIND,
    /** The clock may be wrong; only the answer to a request can tell. */
    DOUBTED
  }

  /** Where the last proved time is kept over a restart. */
  public interface Kept {
    /** Returns the time kept, UTC milliseconds, or 0 for none. */
    long read();

    /** Keeps a time; durable on return. */
    void write(long ms);
  }

  /**
   * Makes the clock.
   *
   * @param system the system's clock
   * @param monotonicNanos a monotonic clock of this process
   * @param file where the last proved time is kept
   * @param builtMs when this program was built, UTC milliseconds, or 0
   */
  public TrustedClock(InstantSource system, LongSupplier monotonicNanos, Path file, long builtMs) {
    this(system, monotonicNanos, new KeptInFile(file), builtMs);
  }

  /** Makes the clock; as the other constructor. */
  public TrustedClock(InstantSource system, LongSupplier monotonicNanos, Kept kept, long builtMs) {
    this.system = system;
    this.monotonicNanos = monotonicNanos;
    this.kept = kept;
    this.builtMs = builtMs;
    this.writtenMs = kept.read();
    this.provedMs = Math.max(builtMs, writtenMs);
    this.provedAtNanos = monotonicNanos.getAsLong();
  }

  private record KeptInFile(Path file) implements Kept {
    @Override
    public long read() {
      try {
        return DurableFiles.readBounded(file, FILE_BYTES_MAX)
            .map(bytes -> Long.parseLong(new String(bytes, StandardCharsets.US_ASCII).strip()))
            .orElse(0L);
      } catch (NumberFormatException damaged) {
        return 0;
      }
    }

    @Override
    public void write(long ms) {
      byte[] text = Long.toString(ms).getBytes(StandardCharsets.US_ASCII);
      DurableFiles.replace(file, text, DurableFiles.OWNER_ONLY);
    }
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }

  @Override
  public synchronized long millis() {
    long proof = sinceProof();
    long wall = system.millis();
    return answered && wall > proof + TOLERANCE_MS ? proof : Math.max(wall, proof);
  }

  /**
   * Learns that it is at least this time.
   *
   * @param ms UTC milliseconds, from a checked signature or certificate
   */
  public synchronized Finding proved(long ms) {
    long before = millis();
    boolean ahead = ms > before + TOLERANCE_MS;
    if (before > ms + TOLERANCE_MS || (answered && ahead)) {
      return Finding.DOUBTED;
    }
    if (ms > sinceProof()) {
      begin(ms);
    }
    if (ms >= writtenMs + TOLERANCE_MS) {
      write(ms);
    }
    return ahead ? Finding.WAS_BEHIND : Finding.AGREES;
  }

  /**
   * Learns what time it is, from the signed answer to a fresh request.
   *
   * @param ms UTC milliseconds
   * @return whether the clock was wrong by more than a minute
   * @throws DroverException {@code CLOCK_UNTRUSTED} for a time before the build
   */
  public synchronized boolean answered(long ms) {
    if (ms < builtMs) {
      throw new DroverException(
          ErrorCode.CLOCK_UNTRUSTED,
          "The hub says that it is "
              + Instant.ofEpochMilli(ms)
              + ", which is before this agent was built.");
    }
    boolean wrong = Math.abs(millis() - ms) > TOLERANCE_MS;
    begin(ms);
    answered = true;
    if (Math.abs(ms - writtenMs) >= TOLERANCE_MS) {
      write(ms);
    }
    return wrong;
  }

  /** Returns whether the hub itself told the time to this process, so that it can be relied on. */
  public synchronized boolean trusted() {
    return answered;
  }

  private void begin(long ms) {
    provedMs = ms;
    provedAtNanos = monotonicNanos.getAsLong();
  }

  private void write(long ms) {
    writtenMs = ms;
    kept.write(ms);
  }

  private long sinceProof() {
    return provedMs + (monotonicNanos.getAsLong() - provedAtNanos) / NANOS_PER_MS;
  }
}
