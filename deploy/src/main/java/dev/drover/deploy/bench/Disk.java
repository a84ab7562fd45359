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

  private static final int APPENDS_MAX = 5000;
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(3);

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

  /** Returns the syncs per second of a histogram of {@link #syncs}. */
  static double perSecond(Histogram micros) {
    return 1e6 / micros.getMean();
  }
}
