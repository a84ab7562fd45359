package dev.drover.hub.link;

import dev.drover.wire.Ids;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How the embedded broker runs.
 *
 * @param tenant the one tenant it serves
 * @param bindAddress IP address it listens on; {@code 0.0.0.0} or {@code ::} for all
 * @param port TCP port, 0 to 65,535; 0 takes any free one
 * @param directory its own directory, made if missing with mode 0700; its content is deleted at
 *     each start
 * @param connectionsMax most clients at a time; a device has one, and a second while it fetches
 * @param pending what may wait between broker and hub
 * @param startDeadline after which a start counts as failed
 */
public record EmbeddedBrokerConfig(
    String tenant,
    String bindAddress,
    int port,
    Path directory,
    int connectionsMax,
    Pending pending,
    Duration startDeadline) {

  /**
   * Bounds of what waits between broker and hub.
   *
   * @param messagesMax most messages, each way
   * @param bytesMax most bytes of those, each way
   * @param deadline within which the hub must have handled a device's message
   */
  public record Pending(int messagesMax, long bytesMax, Duration deadline) {
    /** Fits a hub with a heap of 256 MB. */
    public static final Pending DEFAULT =
        new Pending(20_000, 32L * 1024 * 1024, Duration.ofSeconds(30));
  }

  private static final long MIB = 1L << 20;

  /** Heap of a hub for everything but connections: its code, its release cache and its queues. */
  private static final long REST_BYTES = 128 * MIB;

  /** Heap of one connection over TLS with what the hub has for it; 20 to 30 KiB were seen. */
  private static final long CONNECTION_BYTES = 32L << 10;

  private static final int CONNECTIONS_MIN = 500;
  private static final int CONNECTIONS_MAX = 25_000;

  /** Checks the tenant and fills in nothing. */
  public EmbeddedBrokerConfig {
    Ids.requireId("A tenant name", tenant);
  }

  /** Returns how many connections a hub has room for; one more could end it. */
  static int connectionsFor(long heapBytes) {
    long room = (heapBytes - REST_BYTES) / CONNECTION_BYTES;
    return (int) Math.max(CONNECTIONS_MIN, Math.min(CONNECTIONS_MAX, room));
  }

  /** Returns the heap that a hub needs for so many connections, MiB. */
  public static int heapMib(int connections) {
    return (int) ((REST_BYTES + connections * CONNECTION_BYTES) / MIB) + 1;
  }

  /** Returns a configuration with the default bounds, and connections as this heap has room for. */
  public static EmbeddedBrokerConfig of(
      String tenant, String bindAddress, int port, Path directory) {
    return new EmbeddedBrokerConfig(
        tenant,
        bindAddress,
        port,
        directory,
        connectionsFor(Runtime.getRuntime().maxMemory()),
        Pending.DEFAULT,
        Duration.ofSeconds(60));
  }
}
