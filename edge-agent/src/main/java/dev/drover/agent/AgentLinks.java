package dev.drover.agent;

import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.config.AgentPlaces;
import dev.drover.agent.core.BulkLink;
import dev.drover.agent.core.ControlLink;
import dev.drover.agent.exchange.EventPublisher;
import dev.drover.agent.exchange.OfflineLinks;
import dev.drover.agent.exchange.TrustedClock;
import dev.drover.agent.identity.CertificateRenewal;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.identity.Enrolment;
import dev.drover.agent.identity.HubCalls;
import dev.drover.agent.identity.IdentityStore;
import dev.drover.agent.link.HiveBulkLinks;
import dev.drover.agent.link.LinkConfig;
import dev.drover.agent.link.PahoControlLink;
import dev.drover.crypto.TlsMaterial;
import dev.drover.machine.Engine;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The links of this device.
 *
 * @param control always on; {@link OfflineLinks} before enrolment
 * @param bulk opened for fetches
 * @param identity the present identity; fails before enrolment
 * @param renewal of certificates, or null before enrolment
 */
record AgentLinks(
    ControlLink control,
    BulkLink.Opener bulk,
    Supplier<DeviceIdentity> identity,
    @Nullable CertificateRenewal renewal)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AgentLinks.class);
  private static final String SCHEME = "mqtts://";

  static AgentLinks of(
      Optional<DeviceIdentity> enrolled,
      AgentConfig config,
      TrustedClock clock,
      SecureRandom random,
      LongSupplier nanoTime,
      Supplier<byte[]> lastWill) {
    if (enrolled.isEmpty()) {
      OfflineLinks offline = new OfflineLinks();
      return new AgentLinks(offline, offline, AgentLinks::notEnrolled, null);
    }
    CertificateRenewal renewal =
        new CertificateRenewal(
            enrolled.get(),
            new IdentityStore(AgentPlaces.identity(config.dataDir().toAbsolutePath())),
            new Enrolment(
                new HubCalls(clock, config.proxy()),
                random,
                clock,
                ms -> {
                  boolean wrong = clock.answered(ms);
                  LOG.atWarn().addKeyValue("wrong", wrong).log("The hub told the time");
                }),
            clock);
    LinkConfig control = link(renewal, config, clock, () -> renewal.get().control());
    LinkConfig bulk = link(renewal, config, clock, () -> renewal.get().bulk());
    return new AgentLinks(
        new PahoControlLink(control, lastWill, nanoTime, random),
        new HiveBulkLinks(bulk),
        renewal,
        renewal);
  }

  private static LinkConfig link(
      CertificateRenewal renewal,
      AgentConfig config,
      TrustedClock clock,
      Supplier<TlsMaterial> material) {
    DeviceIdentity self = renewal.get();
    List<HostPort> brokers = self.brokers().stream().map(AgentLinks::address).toList();
    HostPort proxy = config.proxy().isEmpty() ? null : HostPort.parse(config.proxy());
    return new LinkConfig(
        self.tenant(), self.device(), brokers, proxy, material, clock, LinkConfig.Timing.DEFAULT);
  }

  private static HostPort address(String broker) {
    return HostPort.parse(broker.startsWith(SCHEME) ? broker.substring(SCHEME.length()) : broker);
  }

  private static DeviceIdentity notEnrolled() {
    throw new DroverException(ErrorCode.UNAVAILABLE, "The device is not enrolled with a hub.");
  }

  /**
   * Renews the certificates if it is time, and connects with them. Where the broker refuses them it
   * may be time although this clock does not say so.
   */
  void renew() {
    boolean refused =
        control
            .trouble()
            .filter(why -> why.startsWith(ErrorCode.UNAUTHENTICATED.name()))
            .isPresent();
    if (renewal != null && renewal.check(refused)) {
      control.reconnect();
    }
  }

  /** Returns what sends over the control link. */
  EventPublisher publisher(Engine engine, AuditTrail audit, Executor sender, long session) {
    return new EventPublisher(
        identity,
        control,
        engine,
        audit,
        sender,
        AgentThreads.after(EventPublisher.LINGER_MS),
        session);
  }

  @Override
  public void close() {
    control.close();
  }
}
