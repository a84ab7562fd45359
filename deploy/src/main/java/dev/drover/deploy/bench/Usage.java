package dev.drover.deploy.bench;

import dev.drover.deploy.fleet.CheckFailed;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What a process takes from this machine. */
final class Usage {
  /** Files that a process with simulated devices has open beside their connections, at most. */
  static final int OTHER_FILES = 500;

  private Usage() {}

  /** Returns the processor time of a process so far, nanoseconds. */
  static long cpuNanos(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  /** Returns the processor time of a process so far, microseconds. */
  static double cpuMicros(ProcessHandle process) {
    return cpuNanos(process) / 1e3;
  }

  /**
   * Returns the processor time of the threads that this process has, nanoseconds, without those
   * that compile its code: a process that runs for days has done that.
   */
  static long workNanos() throws IOException {
    long nanos = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        nanos += workNanos(thread);
      }
    }
    return nanos;
  }

  private static long workNanos(Path thread) {
    try {
      if (Files.readString(thread.resolve("comm")).contains("CompilerThre")) {
        return 0;
      }
      return Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ", 2)[0]);
    } catch (IOException ended) {
      return 0; // between the look at the list and the look at the thread
    }
  }

  /** Returns how many files and connections this process may have open. */
  static int openFilesMax() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith("Max open files")) {
        String soft = line.substring("Max open files".length()).strip().split(" ", 2)[0];
        return soft.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(soft);
      }
    }
    throw new CheckFailed("This kernel does not tell a process's limits.");
  }

  /** Returns the memory of a process, what it shares counted by its share. */
  static double megabytes(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
      if (line.startsWith("Pss:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024 / 1e6;
      }
    }
    throw new CheckFailed("This kernel does not tell a process's memory (smaps_rollup).");
  }
}
