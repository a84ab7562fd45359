package dev.drover.agent.llm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AvailableMemoryTest {
  private static final long AVAILABLE = 2048L * 1024;

  @TempDir Path root;

  @BeforeEach
  void meminfo() throws IOException {
    write("proc/meminfo", "MemTotal: 9000 kB\nMemAvailable:    2048 kB\n");
  }

  @Test
  void bytes_withoutGroup_areWhatTheKernelCallsAvailable() {
    assertEquals(AVAILABLE, AvailableMemory.bytes(root));
    assertEquals(0, AvailableMemory.limitBytes(root));
  }

  @Test
  void bytes_inContainer_leaveOutWhatItUsesButCountFilePages() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", "1000000\n");
    write("sys/fs/cgroup/memory.current", "900000\n");
    write("sys/fs/cgroup/memory.stat", "anon 1\nactive_file 200000\ninactive_file 100000\n");

    assertEquals(400_000, AvailableMemory.bytes(root));
    assertEquals(1_000_000, AvailableMemory.limitBytes(root));
  }

  @Test
  void bytes_inServiceBelowSlice_keepTheTighterOfTheTwoLimits() throws IOException {
    write("proc/self/cgroup", "0::/system.slice/drover.service\n");
    write("sys/fs/cgroup/system.slice/memory.max", "1500000\n");
    write("sys/fs/cgroup/system.slice/memory.current", "1400000\n");
    write("sys/fs/cgroup/system.slice/drover.service/memory.max", "900000\n");
    write("sys/fs/cgroup/system.slice/drover.service/memory.current", "100000\n");

    assertEquals(100_000, AvailableMemory.bytes(root));
    assertEquals(900_000, AvailableMemory.limitBytes(root));
  }

  @Test
  void bytes_inGroupOfVersion1_countPagesOfGroupsBelowOnce() throws IOException {
    write("proc/self/cgroup", "5:devices:/x\n4:memory:/box\n0::/\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", "5\n");
    write("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "1000000\n");
    write("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "800000\n");
    write(
        "sys/fs/cgroup/memory/box/memory.stat",
        "active_file 100000\ninactive_file 1\ntotal_active_file 100000\ntotal_inactive_file 1\n");

    assertEquals(300_001, AvailableMemory.bytes(root));
    assertEquals(1_000_000, AvailableMemory.limitBytes(root));
  }

  @Test
  void bytes_inUnlimitedGroup_areTheKernels() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/memory.max", "max\n");
    write("sys/fs/cgroup/memory.current", "900000\n");

    assertEquals(AVAILABLE, AvailableMemory.bytes(root));
    assertTrue(AvailableMemory.bytes() > 0);
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
