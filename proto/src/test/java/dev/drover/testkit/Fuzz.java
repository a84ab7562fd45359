package dev.drover.testkit;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Feeds a reader of foreign bytes with damaged copies of good ones: flipped, cut, grown, spliced,
 * with numbers made huge. It may accept them or refuse them with a code, but never fail otherwise,
 * hang, or allocate out of proportion.
 *
 * <p>300 copies of each in a build, 20,000 with {@code drover.full}. A failure names the seed and
 * the bytes.
 */
public final class Fuzz {
  private static final int ROUNDS = Boolean.getBoolean("drover.full") ? 20_000 : 300;
  private static final Duration HANGS = Duration.ofMinutes(5);
  private static final long ALLOCATED_MAX = 32L << 20;
  private static final String[] NASTY = {
    "-1",
    "9223372036854775808",
    "1e999",
    "\u0000",
    "\ufeff",
    "\ud83e\udd16",
    "%s",
    "../",
    "\"",
    "{\"a\":".repeat(300),
    "[".repeat(3000),
    "(".repeat(3000),
    "9".repeat(400),
    " ".repeat(5000),
    "a".repeat(70_000)
  };

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Fuzz() {}

  /** Reads foreign bytes; what it returns does not matter. */
  @FunctionalInterface
  public interface Reader {
    /** Reads, or refuses with a {@link DroverException}. */
    void read(byte[] bytes) throws Exception;
  }

  /** Reads foreign text; what it returns does not matter. */
  @FunctionalInterface
  public interface TextReader {
    /** Reads, or refuses with a {@link DroverException}. */
    void read(String text) throws Exception;
  }

  /** Feeds a reader of text. */
  public static void text(long seed, List<String> good, TextReader reader) {
    List<byte[]> bytes = good.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    bytes(seed, bytes, damaged -> reader.read(new String(damaged, StandardCharsets.UTF_8)));
  }

  /**
   * Feeds a reader.
   *
   * @param good what it accepts; each is checked to be
   */
  public static void bytes(long seed, List<byte[]> good, Reader reader) {
    assertTimeoutPreemptively(HANGS, () -> feed(seed, good, reader));
  }

  private static void feed(long seed, List<byte[]> good, Reader reader) throws Exception {
    for (byte[] whole : good) {
      reader.read(whole.clone());
    }
    SplittableRandom random = new SplittableRandom(seed);
    for (byte[] whole : good) {
      for (int round = 0; round < ROUNDS; round++) {
        byte[] damaged = whole;
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          damaged = damage(damaged, good.get(random.nextInt(good.size())), random);
        }
        offer(seed, damaged, reader);
      }
    }
  }

  private static void offer(long seed, byte[] damaged, Reader reader) {
    long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    try {
      reader.read(damaged.clone());
    } catch (DroverException refused) {
      assertNotEquals(ErrorCode.INTERNAL, refused.code(), () -> about(seed, damaged));
    } catch (Exception | StackOverflowError | OutOfMemoryError broken) {
      throw new AssertionError(about(seed, damaged), broken);
    }
    long allocated = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    assertTrue(
        allocated <= ALLOCATED_MAX + 64L * damaged.length,
        () -> allocated + " bytes allocated: " + about(seed, damaged));
  }

  private static String about(long seed, byte[] damaged) {
    byte[] shown = Arrays.copyOf(damaged, Math.min(damaged.length, 2000));
    return "seed "
        + seed
        + ", "
        + damaged.length
        + " bytes, Base64 "
        + Base64.getEncoder().encodeToString(shown);
  }

  private static byte[] damage(byte[] whole, byte[] other, SplittableRandom random) {
    int at = whole.length == 0 ? 0 : random.nextInt(whole.length);
    switch (random.nextInt(8)) {
      case 0 -> {
        return Arrays.copyOf(whole, at);
      }
      case 1 -> {
        return splice(whole, at, random.nextInt(8), new byte[0]);
      }
      case 2 -> {
        byte[] grown = new byte[random.nextInt(1, 9)];
        random.nextBytes(grown);
        return splice(whole, at, 0, grown);
      }
      case 3 -> {
        byte[] huge = new byte[random.nextInt(1, 9)];
        Arrays.fill(huge, (byte) (random.nextBoolean() ? 0xff : 0x7f));
        return splice(whole, at, huge.length, huge);
      }
      case 4 -> {
        String nasty = NASTY[random.nextInt(NASTY.length)];
        return splice(
            whole, at, random.nextInt(nasty.length()), nasty.getBytes(StandardCharsets.UTF_8));
      }
      case 5 -> {
        int from = other.length == 0 ? 0 : random.nextInt(other.length);
        byte[] part = Arrays.copyOfRange(other, from, Math.min(other.length, from + 64));
        return splice(whole, at, part.length, part);
      }
      default -> {
        byte[] flipped = whole.clone();
        if (flipped.length > 0) {
          flipped[at] ^= (byte) (1 << random.nextInt(8));
        }
        return flipped;
      }
    }
  }

  private static byte[] splice(byte[] whole, int at, int removed, byte[] inserted) {
    int after = Math.min(whole.length, at + removed);
    byte[] made = new byte[at + inserted.length + whole.length - after];
    System.arraycopy(whole, 0, made, 0, at);
    System.arraycopy(inserted, 0, made, at, inserted.length);
    System.arraycopy(whole, after, made, at + inserted.length, whole.length - after);
    return made;
  }
}
