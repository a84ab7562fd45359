package dev.drover.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the disk is asked to do as the peer of a hub's commits. */
class DiskTest {
  @TempDir private Path directory;

  /** Each look at the clock is so much later. */
  private static LongSupplier clock(long stepMs) {
    AtomicLong nanos = new AtomicLong();
    return () -> nanos.getAndAdd(TimeUnit.MILLISECONDS.toNanos(stepMs));
  }

  @Test
  void part_ofAllCommits_makesTheWhole() {
    Commits commits = new Commits(7, 1_000);
    long sum = LongStream.range(0, 7).map(number -> Disk.part(commits, number)).sum();
    assertEquals(1_000, sum);
    assertEquals(143, Disk.part(commits, 0));
    assertEquals(142, Disk.part(commits, 6));
  }

  @Test
  void seconds_ofFewCommits_areThoseItTook() throws Exception {
    assertEquals(0.5, Disk.seconds(directory, new Commits(5, 999), clock(100)), 1e-9);
    assertEquals(0, Disk.seconds(directory, new Commits(0, 0), clock(100)));
    try (var left = Files.list(directory)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void seconds_ofTooManyCommits_areReckonedFromThoseDone() throws Exception {
    // Four seconds each: three are done.
    assertEquals(400, Disk.seconds(directory, new Commits(100, 100), clock(4_000)), 1e-9);
  }
}
