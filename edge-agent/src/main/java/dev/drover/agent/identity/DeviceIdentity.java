package dev.drover.agent.identity;

import dev.drover.crypto.TlsMaterial;
import java.util.List;

/**
 * What a device holds after enrolment. Immutable; arrays are not to be changed.
 *
 * @param tenant whose fleet it belongs to
 * @param device its name
 * @param control key and certificate of the control link
 * @param bulk key and certificate of the bulk link
 * @param auditSeed seed of the key that signs audit batches
 * @param hubKey the hub's online key, which signs commands
 * @param linkKey secret for the MAC of events
 * @param brokers {@code mqtts://host:port} each, in the order in which to try them
 * @param hubs {@code host:port} each, for renewal
 * @param logOrigin name of the hub's audit log
 * @param incarnation number that a new store begins with
 */
public record DeviceIdentity(
    String tenant,
    String device,
    TlsMaterial control,
    TlsMaterial bulk,
    byte[] auditSeed,
    byte[] hubKey,
    byte[] linkKey,
    List<String> brokers,
    List<String> hubs,
    String logOrigin,
    long incarnation) {
  /** Copies the lists. */
  public DeviceIdentity {
    brokers = List.copyOf(brokers);
    hubs = List.copyOf(hubs);
  }

  /** Shows names only. */
  @Override
  public String toString() {
    return "DeviceIdentity[" + tenant + "/" + device + "]";
  }
}
