package dev.drover.agent.identity;

import dev.drover.crypto.Certificates;
import dev.drover.wire.DroverException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the present identity and renews its certificates when two thirds of their life are over.
 * Thread-safe; {@link #check} is called now and then by one thread.
 */
public final class CertificateRenewal implements Supplier<DeviceIdentity> {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateRenewal.class);

  private volatile DeviceIdentity present;
  private final IdentityStore store;
  private final Enrolment enrolment;
  private final InstantSource clock;

  /**
   * Makes a renewal.
   *
   * @param clock the best time that the device knows
   */
  public CertificateRenewal(
      DeviceIdentity present, IdentityStore store, Enrolment enrolment, InstantSource clock) {
    this.present = present;
    this.store = store;
    this.enrolment = enrolment;
    this.clock = clock;
  }

  @Override
  public DeviceIdentity get() {
    return present;
  }

  /**
   * Renews if it is time; failures are logged and tried again at the next check.
   *
   * @return whether the certificates are new, so that links have to connect again
   */
  public boolean check() {
    DeviceIdentity now = present;
    Instant due = Certificates.renewAt(now.control().certificate());
    if (Instant.ofEpochMilli(clock.millis()).isBefore(due)) {
      return false;
    }
    try {
      DeviceIdentity renewed = enrolment.renew(now);
      store.save(renewed);
      present = renewed;
      LOG.atInfo()
          .addKeyValue("until", renewed.control().certificate().getNotAfter().toInstant())
          .log("Certificates renewed");
      return true;
    } catch (DroverException failed) {
      LOG.atWarn()
          .addKeyValue("code", failed.code())
          .addKeyValue("reason", failed.getMessage())
          .log("Certificates could not be renewed");
      return false;
    }
  }
}
