package dev.drover.machine;

import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.machine.sim.SimTime;
import java.util.List;
import java.util.function.BooleanSupplier;

/** One disk on which a test opens one engine after another. */
public interface EngineHarness extends AutoCloseable {
  /** Opens an engine over what the disk holds, not started yet. */
  Engine open(StoreSchema schema, EngineLimits limits);

  /** Returns the clocks that the engines follow. */
  SimTime time();

  /** Lets the engine work until the condition holds; fails the test if it does not come to hold. */
  void await(Engine engine, BooleanSupplier condition);

  /**
   * Lets the engine work on what is there and due, so that what should not happen would have
   * happened.
   */
  void settle(Engine engine);

  /** Holds the committer, so that what is submitted waits, until the result is closed. */
  Hold hold(Engine engine);

  /** Returns what {@code StoreCheck} says about the disk; only while no engine is open. */
  List<String> problems();

  /** Returns a text that changes when anything durable does; only while no engine is open. */
  String fingerprint();

  @Override
  void close();

  /** Ends a hold. */
  interface Hold extends AutoCloseable {
    @Override
    void close();
  }
}
