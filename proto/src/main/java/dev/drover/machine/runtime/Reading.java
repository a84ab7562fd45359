package dev.drover.machine.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Reading of the sorted maps of a store; keys are ordered by their unsigned bytes. Failures of the
 * medium are {@link StoreFailure}s.
 */
public interface Reading {
  /** Returns the value of a key, or null where there is none. */
  byte @Nullable [] get(Space space, byte[] key);

  /**
   * Visits entries in order.
   *
   * @param from the first key, inclusive
   * @param to the last key, exclusive
   * @param visitor called for each until it returns false
   */
  void scan(Space space, byte[] from, byte[] to, Visitor visitor);

  /** Receives the entries of a scan. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Receives an entry.
     *
     * @return whether the scan goes on
     */
    boolean visit(byte[] key, byte[] value);
  }
}
