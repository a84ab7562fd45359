package dev.drover.agent.llm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AvailableMemoryTest {
  @TempDir Path directory;

  @Test
  void bytes_withoutGroup_areWhatTheKernelCallsAvailable() throws IOException {
    assertEquals(2048L * 1024, AvailableMemory.bytes(meminfo(), directory.resolve("none")));
  }

  @Test
  void bytes_inLimitedGroup_leaveOutWhatItUsesButCountFilePages() throws IOException {
    Files.writeString(directory.resolve("memory.max"), "1000000\n");
    Files.writeString(directory.resolve("memory.current"), "900000\n");
    Files.writeString(
        directory.resolve("memory.stat"), "anon 1\nactive_file 200000\ninactive_file 100000\n");

    assertEquals(400_000, AvailableMemory.bytes(meminfo(), directory));
  }

  @Test
  void bytes_inUnlimitedGroup_areTheKernels() throws IOException {
    Files.writeString(directory.resolve("memory.max"), "max\n");
    Files.writeString(directory.resolve("memory.current"), "900000\n");

    assertEquals(2048L * 1024, AvailableMemory.bytes(meminfo(), directory));
    assertTrue(AvailableMemory.bytes() > 0);
  }

  private Path meminfo() throws IOException {
    return Files.writeString(
        directory.resolve("meminfo"), "MemTotal: 9000 kB\nMemAvailable:    2048 kB\n");
  }
}
