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

  private static final int REFUSALS_BETWEEN_MAX = 64;

  private volatile DeviceIdentity present;
  private final IdentityStore store;
  private final Enrolment enrolment;
  private final InstantSource clock;
  private int refusals;

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
   * @param refused whether the broker refuses the present certificate: then it is tried as well,
   *     less and less often, for the clock may be behind and the certificate over
   * @return whether the certificates are new, so that links have to connect again
   */
  public boolean check(boolean refused) {
    DeviceIdentity now = present;
    Instant due = Certificates.renewAt(now.control().certificate());
    boolean early = Instant.ofEpochMilli(clock.millis()).isBefore(due);
    refusals = refused ? refusals + 1 : 0;
    if (early && !isTurn(refusals)) {
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

  /** Returns whether the n-th check in a row is the 1st, 2nd, 4th … or one of every 64. */
  private static boolean isTurn(int n) {
    return n > 0 && (n % REFUSALS_BETWEEN_MAX == 0 || Integer.bitCount(n) == 1);
  }
}
