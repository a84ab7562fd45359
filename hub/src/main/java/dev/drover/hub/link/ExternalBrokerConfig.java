package dev.drover.hub.link;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Ids;
import java.time.Duration;
import java.util.List;

/**
 * How the hub reaches a broker outside its process.
 *
 * @param tenant the one tenant of this link
 * @param addresses tried in turn; at least one
 * @param pending what may wait between broker and hub
 * @param retryFirst longest wait before the second attempt
 * @param retryMax longest wait before any attempt
 */
public record ExternalBrokerConfig(
    String tenant,
    List<HostPort> addresses,
    EmbeddedBrokerConfig.Pending pending,
    Duration retryFirst,
    Duration retryMax) {

  /** Checks the tenant and that there is an address. */
  public ExternalBrokerConfig {
    Ids.requireId("A tenant name", tenant);
    addresses = List.copyOf(addresses);
    if (addresses.isEmpty()) {
      throw new DroverException(ErrorCode.CONFIG_INVALID_VALUE, "A broker address is missing.");
    }
  }

  /** Returns a configuration with the default bounds. */
  public static ExternalBrokerConfig of(String tenant, List<HostPort> addresses) {
    return new ExternalBrokerConfig(
        tenant,
        addresses,
        EmbeddedBrokerConfig.Pending.DEFAULT,
        Duration.ofMillis(500),
        Duration.ofSeconds(15));
  }
}
