package dev.drover.deploy.bench;

import dev.drover.deploy.fleet.Machine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What this process takes, for a while. */
final class ProbeGauge {
  private static final int LOOK_MS = 250;
  private static final int LOOKS_MAX = 120;
  private static final int LOOKS_QUIET = 3;

  /** What a process that waits may take in one look. */
  private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final long startedNanos = System.nanoTime();
  private final long startedWorkNanos;

  ProbeGauge() throws IOException {
    startedWorkNanos = Usage.workNanos();
  }

  /**
   * Waits until this process has little left to do, such as writing out its store, or for half a
   * minute.
   */
  static void settle() throws InterruptedException, IOException {
    int quiet = 0;
    for (int look = 0; look < LOOKS_MAX && quiet < LOOKS_QUIET; look++) {
      long before = Usage.workNanos();
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
      long tookNanos = Usage.workNanos() - before;
      quiet = tookNanos <= QUIET_NANOS ? quiet + 1 : 0;
    }
  }

  /** Returns when it began. */
  long startedNanos() {
    return startedNanos;
  }

  /**
   * Returns what it took: memory and the heap in use after a collection, the directory's size, and
   * the processor's share since it began.
   *
   * @param foreignNanos processor time that is not counted
   */
  RegisteredPoint point(int devices, long heartbeats, long foreignNanos, Path directory)
      throws IOException {
    double wallNanos = System.nanoTime() - startedNanos;
    long workNanos = Usage.workNanos() - startedWorkNanos - foreignNanos;
    System.gc();
    double heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1e6;
    return new RegisteredPoint(
        devices,
        Usage.megabytes(ProcessHandle.current().pid()),
        heap,
        Machine.bytes(directory) / 1e6,
        100.0 * workNanos / wallNanos,
        heartbeats);
  }
}
