package dev.drover.deploy.demo;

import dev.drover.agent.llm.AvailableMemory;
import dev.drover.config.DataSize;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the demo needs of a machine.
 *
 * @param diskBytes free in the cache
 * @param memoryBytes available
 */
public record DemoNeeds(long diskBytes, long memoryBytes) {
  /** With the small model alone. */
  public static final DemoNeeds SMALL = new DemoNeeds(3L << 30, 2L << 30);

  /** With both models. */
  public static final DemoNeeds LARGE = new DemoNeeds(10L << 30, 6L << 30);

  /**
   * Does nothing where the machine has it.
   *
   * @param root directory of the demo, which exists
   * @throws DroverException {@code DISK_FULL} or {@code RESOURCE_EXHAUSTED}
   */
  void require(Path root) throws IOException {
    long free = Files.getFileStore(root).getUsableSpace();
    if (free < diskBytes) {
      throw new DroverException(
          ErrorCode.DISK_FULL,
          "The demo needs "
              + of(diskBytes)
              + " of disk at "
              + root
              + ", there is "
              + of(free)
              + ".");
    }
    long available = AvailableMemory.bytes();
    if (available < memoryBytes) {
      throw new DroverException(
              ErrorCode.RESOURCE_EXHAUSTED,
              "The demo needs "
                  + of(memoryBytes)
                  + " of free memory, there is "
                  + of(available)
                  + ".")
          .withNextStep("End other programs, or use a smaller model: drover demo --small");
    }
  }

  private static String of(long bytes) {
    return new DataSize(bytes).forPerson();
  }
}
