package dev.drover.deploy.demo;

import dev.drover.agent.llm.AvailableMemory;
import dev.drover.config.DataSize;
import dev.drover.deploy.fleet.Machine;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

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

  /** Of the hub's API, of its broker, and of who stands between the broker and the devices. */
  private static final int PORTS = 3;

  /**
   * What a machine has.
   *
   * @param root a directory on the disk in question
   * @param diskBytes free there
   * @param memoryBytes available
   * @param noPorts why it does not give the ports, or null where it does
   */
  record Machinery(Path root, long diskBytes, long memoryBytes, @Nullable IOException noPorts) {
    /** Looks at this machine. */
    static Machinery here(Path root) throws IOException {
      long diskBytes = Files.getFileStore(root).getUsableSpace();
      return new Machinery(root, diskBytes, AvailableMemory.bytes(), tryPorts());
    }

    private static @Nullable IOException tryPorts() {
      try (ServerSocket listener = new ServerSocket(0, 1, Machine.loopback())) {
        // With the interface down a program may listen, but nobody gets there.
        new Socket(Machine.loopback(), listener.getLocalPort()).close();
        var unused = Machine.freePorts(PORTS);
        return null;
      } catch (IOException refused) {
        return refused;
      }
    }
  }

  /**
   * Does nothing where the machine has it.
   *
   * @throws DroverException {@code DISK_FULL}, {@code RESOURCE_EXHAUSTED} or {@code PORT_IN_USE}
   */
  void require(Machinery has) {
    if (has.diskBytes < diskBytes) {
      throw new DroverException(
              ErrorCode.DISK_FULL,
              "The demo needs "
                  + of(diskBytes)
                  + " of disk at "
                  + has.root
                  + ", there is "
                  + of(has.diskBytes)
                  + ".")
          .withNextStep(
              "Free disk space, or set DROVER_CACHE to a folder on a disk that has it; demo --small"
                  + " needs "
                  + of(SMALL.diskBytes)
                  + ".");
    }
    if (has.memoryBytes < memoryBytes) {
      throw new DroverException(
              ErrorCode.RESOURCE_EXHAUSTED,
              "The demo needs "
                  + of(memoryBytes)
                  + " of free memory, there is "
                  + of(has.memoryBytes)
                  + ".")
          .withNextStep("End other programs, or use a smaller model: drover demo --small");
    }
    if (has.noPorts != null) {
      throw new DroverException(
              ErrorCode.PORT_IN_USE,
              "The demo needs " + PORTS + " free TCP ports of 127.0.0.1 and does not get them.",
              has.noPorts)
          .withNextStep("End programs that hold many ports, or bring the interface lo up.");
    }
  }

  private static String of(long bytes) {
    return new DataSize(bytes).forPerson();
  }
}
