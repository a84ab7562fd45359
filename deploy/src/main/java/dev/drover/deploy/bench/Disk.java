package dev.drover.deploy.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/** What the disk itself can do, in the same directory and the same run. */
final class Disk {
  /** Bytes of one append. */
  static final int APPEND_BYTES = 4096;

  /** What {@link #seconds} is as a peer. */
  static final String PEER =
      "the hub's commits alone: as many appends with as many bytes, each synced";

  private static final int APPENDS_MAX = 5000;
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** Commits are repeated for so long; what is left then is reckoned from what was done. */
  private static final long COMMITS_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private Disk() {}

  /**
   * Returns how long appends of 4 KiB took that were synced one by one, in microseconds.
   *
   * @param directory on the disk that is measured
   */
  static Histogram syncs(Path directory, LongSupplier nanoTime) throws IOException {
    Histogram histogram = new Histogram(3);
    Path file = Files.createTempFile(directory, "sync", null);
    long end = nanoTime.getAsLong() + LIMIT_NANOS;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (int i = 0; i < APPENDS_MAX && nanoTime.getAsLong() < end; i++) {
        long started = nanoTime.getAsLong();
        channel.write(ByteBuffer.allocate(APPEND_BYTES));
        channel.force(false);
        histogram.recordValue(TimeUnit.NANOSECONDS.toMicros(nanoTime.getAsLong() - started));
      }
    } finally {
      Files.delete(file);
    }
    return histogram;
  }

  /**
   * Returns how many seconds it takes to append the bytes of commits to a file, in as many parts as
   * there were commits, each synced.
   *
   * @param directory on the disk that is measured
   */
  static double seconds(Path directory, Commits commits, LongSupplier nanoTime) throws IOException {
    Path file = Files.createTempFile(directory, "commits", null);
    long started = nanoTime.getAsLong();
    long spentNanos = 0;
    long done = 0;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      while (done < commits.count() && spentNanos < COMMITS_LIMIT_NANOS) {
        channel.write(ByteBuffer.allocate(part(commits, done)));
        channel.force(false);
        done++;
        spentNanos = nanoTime.getAsLong() - started;
      }
    } finally {
      Files.delete(file);
    }
    return done == 0 ? 0 : spentNanos / 1e9 * commits.count() / done;
  }

  /** Returns the bytes of one of the parts, which differ by one byte at most and make the whole. */
  static int part(Commits commits, long number) {
    long each = commits.bytes() / commits.count();
    return (int) (number < commits.bytes() % commits.count() ? each + 1 : each);
  }

  /** Returns the syncs per second of a histogram of {@link #syncs}. */
  static double perSecond(Histogram micros) {
    return 1e6 / micros.getMean();
  }
}
