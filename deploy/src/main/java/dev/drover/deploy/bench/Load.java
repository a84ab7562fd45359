package dev.drover.deploy.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What a process takes from this machine. */
final class Load {
  private Load() {}

  /** Returns the processor time of a process so far, in microseconds. */
  static double cpuMicros(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e3;
  }

  /** Returns the bytes that a process has sent to disks so far; not a number where nobody says. */
  static double writtenBytes(ProcessHandle process) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/io"))) {
      if (line.startsWith("write_bytes:")) {
        return Double.parseDouble(line.substring("write_bytes:".length()).trim());
      }
    }
    return Double.NaN;
  }
}
