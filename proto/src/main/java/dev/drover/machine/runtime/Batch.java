package dev.drover.machine.runtime;

import org.jspecify.annotations.Nullable;

/** Changes that become durable together; at most one per key, in order of space and key. */
public interface Batch {
  /** Visits each change. */
  void forEach(Visitor visitor);

  /** Returns the number of changes. */
  int size();

  /** Receives the changes of a batch. */
  @FunctionalInterface
  interface Visitor {
    /** Receives a change; a value of null deletes the key. */
    void visit(Space space, byte[] key, byte @Nullable [] value);
  }
}
