package dev.drover.agent.llm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhysicalCoresTest {
  @TempDir Path system;

  @Test
  void count_twoThreadsACore_countsCores() throws IOException {
    cpu(0, "0,2");
    cpu(1, "1,3");
    cpu(2, "0,2");
    cpu(3, "1,3");
    Files.createDirectories(system.resolve("cpufreq"));
    Files.createDirectories(system.resolve("cpu4"));

    assertEquals(2, PhysicalCores.count(system, 4));
    assertEquals(1, PhysicalCores.count(system, 1));
  }

  @Test
  void count_nothingToRead_countsProcessors() {
    assertEquals(3, PhysicalCores.count(system, 3));
    assertEquals(3, PhysicalCores.count(system.resolve("missing"), 3));
    assertTrue(PhysicalCores.count() >= 1);
  }

  private void cpu(int number, String siblings) throws IOException {
    Path topology = Files.createDirectories(system.resolve("cpu" + number + "/topology"));
    Files.writeString(topology.resolve("thread_siblings_list"), siblings + "\n");
  }
}
