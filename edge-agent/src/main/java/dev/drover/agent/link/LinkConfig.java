package dev.drover.agent.link;

import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Ids;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a device reaches its broker.
 *
 * @param tenant the tenant it is enrolled with
 * @param device its name
 * @param brokers tried in turn; at least one
 * @param httpProxy through which to connect (HTTP CONNECT), or null
 * @param material key, certificate and CA; asked at each connection, so that a renewed certificate
 *     is used at the next
 * @param now the best time the device knows, by which the broker's certificate is checked
 * @param timing how patient the link is
 */
public record LinkConfig(
    String tenant,
    String device,
    List<HostPort> brokers,
    @Nullable HostPort httpProxy,
    Supplier<TlsMaterial> material,
    InstantSource now,
    Timing timing) {

  /**
   * How patient a link is.
   *
   * @param reach longest time until one address has accepted a connection
   * @param connect longest time for one attempt, from name resolution to the first subscription:
   *     when all devices come back at once, a broker takes about 4 ms of a processor for each, and
   *     an attempt that is given up was work for nothing
   * @param keepAlive of MQTT: a dead connection is noticed after about one and a half of it
   * @param retryFirst longest wait before the second attempt
   * @param retryMax longest wait before any attempt
   */
  public record Timing(
      Duration reach,
      Duration connect,
      Duration keepAlive,
      Duration retryFirst,
      Duration retryMax) {
    /** For devices behind NAT, by the thousand on one broker. */
    public static final Timing DEFAULT =
        new Timing(
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofSeconds(1),
            Duration.ofMinutes(1));
  }

  /** Checks the names and that there is a broker. */
  public LinkConfig {
    Ids.requireId("A tenant name", tenant);
    Ids.requireDevice(device);
    brokers = List.copyOf(brokers);
    if (brokers.isEmpty()) {
      throw new DroverException(ErrorCode.CONFIG_INVALID_VALUE, "A broker address is missing.");
    }
  }
}
