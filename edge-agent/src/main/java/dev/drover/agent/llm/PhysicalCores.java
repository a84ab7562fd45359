package dev.drover.agent.llm;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** Counts cores, not hardware threads: inference gains nothing from the second thread of a core. */
final class PhysicalCores {
  private static final Path SYSTEM = Path.of("/sys/devices/system/cpu");

  private PhysicalCores() {}

  /** Returns the cores this process may use, at least 1. */
  static int count() {
    return count(SYSTEM, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Returns the distinct cores below a directory laid out like Linux' own, no more than the
   * processors that may be used; just those where nothing can be read.
   */
  static int count(Path system, int processors) {
    Set<String> cores = new HashSet<>();
    try (DirectoryStream<Path> cpus = Files.newDirectoryStream(system, "cpu[0-9]*")) {
      for (Path cpu : cpus) {
        Path siblings = cpu.resolve("topology").resolve("thread_siblings_list");
        if (Files.isReadable(siblings)) {
          cores.add(Files.readString(siblings).strip());
        }
      }
    } catch (IOException notLinux) {
      return processors;
    }
    return cores.isEmpty() ? processors : Math.min(cores.size(), processors);
  }
}
