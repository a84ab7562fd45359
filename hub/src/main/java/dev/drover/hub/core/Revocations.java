package dev.drover.hub.core;

import dev.drover.wire.Identity;
import java.math.BigInteger;

/** Which certificates no longer count; asked at each connection, so it must answer from memory. */
@FunctionalInterface
public interface Revocations {
  /**
   * Returns whether a certificate is revoked. Called from any thread.
   *
   * @param identity whose certificate it is
   * @param serial its serial number
   */
  boolean isRevoked(Identity identity, BigInteger serial);
}
