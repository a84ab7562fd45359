package dev.drover.agent.store;

import dev.drover.engine.StoreDirectory;
import dev.drover.engine.StoreEngine;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.machine.runtime.StoreSchema;
import java.nio.file.Path;

/** Opens the agent's engine on a directory. */
public final class DeviceEngine {
  private static final EngineLimits LIMITS =
      new EngineLimits(1024, 256, 4 << 20, 256, 1 << 20, 10_000, 300);

  /** On which handlers are called. */
  private static final int EFFECT_THREADS = 3;

  private DeviceEngine() {}

  /**
   * Opens an engine as an agent has it, as {@link #open(Path, EngineOptions)}.
   *
   * @param listener told what becomes of the engine
   */
  public static Engine open(Path directory, EngineTime time, EngineListener listener) {
    return open(
        directory, new EngineOptions(StoreSchema.first(), LIMITS, time, EFFECT_THREADS, listener));
  }

  /**
   * Opens an engine on a directory, which is made if it is not there; start it after machines and
   * handlers are registered.
   *
   * @param directory belongs to this engine alone until it is closed
   * @throws dev.drover.wire.DroverException {@code DATA_DIRECTORY_IN_USE}, {@code STORE_TOO_NEW}
   *     (nothing was changed then), {@code STORE_FAILED}, {@code DISK_FULL}
   */
  public static Engine open(Path directory, EngineOptions options) {
    StoreDirectory owned = StoreDirectory.open(directory, options.schema());
    SqliteStore store;
    try {
      store = SqliteStore.open(owned);
    } catch (RuntimeException e) {
      owned.close();
      throw e;
    }
    return StoreEngine.open("engine", store, options);
  }
}
