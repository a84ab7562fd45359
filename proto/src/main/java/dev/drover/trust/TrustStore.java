package dev.drover.trust;

import java.util.Optional;

/**
 * Keeps the newest verified document of each role, as the bytes that were received. One client uses
 * a store at a time.
 */
public interface TrustStore {
  /**
   * Returns the kept document of a role, if there is one. It is verified again before use, so that
   * a store may lose or damage documents; only rollback protection depends on it.
   */
  Optional<byte[]> load(String role);

  /** Replaces the document of a role, atomically; durable on return. */
  void store(String role, byte[] document);

  /** Forgets the document of a role, if there is one; durable on return. */
  void delete(String role);
}
