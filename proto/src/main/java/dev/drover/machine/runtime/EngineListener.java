package dev.drover.machine.runtime;

import dev.drover.wire.ErrorCode;
import java.util.function.Consumer;

/**
 * Is told what an engine does, for metrics and for whoever watches over the process. Called on the
 * thread that commits: returns at once and never throws.
 */
public interface EngineListener {
  /** Listens to nothing. */
  EngineListener NONE = new EngineListener() {};

  /**
   * A group became durable by one write.
   *
   * @param events stepped in it, timers and sends included
   * @param bytes of the keys and values that it changed
   * @param nanos that the write took
   */
  default void committed(int events, long bytes, long nanos) {}

  /**
   * The engine refuses everything from now on and acknowledges nothing more, until another one is
   * opened over the store. Told once.
   *
   * @param code what {@code EngineHealth.failure} says, too
   */
  default void failed(ErrorCode code) {}

  /** Returns a listener that is told of a failure alone. */
  static EngineListener ofFailure(Consumer<ErrorCode> told) {
    return new EngineListener() {
      @Override
      public void failed(ErrorCode code) {
        told.accept(code);
      }
    };
  }

  /** Returns a listener that tells this one and then the other. */
  default EngineListener and(EngineListener other) {
    EngineListener first = this;
    return new EngineListener() {
      @Override
      public void committed(int events, long bytes, long nanos) {
        first.committed(events, bytes, nanos);
        other.committed(events, bytes, nanos);
      }

      @Override
      public void failed(ErrorCode code) {
        first.failed(code);
        other.failed(code);
      }
    };
  }
}
