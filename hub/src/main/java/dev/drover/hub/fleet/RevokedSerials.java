package dev.drover.hub.fleet;

import dev.drover.hub.core.Revocations;
import dev.drover.wire.Identity;
import java.math.BigInteger;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The refused certificates in memory; filled from the registry when the fleet starts and kept in
 * step with it, which forgets those that ended by themselves. Thread-safe.
 */
public final class RevokedSerials implements Revocations {
  private final Set<String> serials = ConcurrentHashMap.newKeySet();

  /** Makes an empty set. */
  public RevokedSerials() {}

  @Override
  public boolean isRevoked(Identity identity, BigInteger serial) {
    return serials.contains(serial.toString(16));
  }

  /** Returns whether a serial, in lower-case hexadecimal, is refused. */
  public boolean contains(String serial) {
    return serials.contains(serial);
  }

  /** Returns the serial numbers of all refused certificates. */
  public List<BigInteger> all() {
    return serials.stream().map(serial -> new BigInteger(serial, 16)).toList();
  }

  void add(String serial) {
    serials.add(serial);
  }

  void remove(String serial) {
    serials.remove(serial);
  }
}
