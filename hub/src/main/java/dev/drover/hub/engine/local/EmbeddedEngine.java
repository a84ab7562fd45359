package dev.drover.hub.engine.local;

import dev.drover.engine.StoreDirectory;
import dev.drover.engine.StoreEngine;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.Store;
import dev.drover.machine.runtime.StoreSchema;
import java.nio.file.Path;

/** Opens the hub's engine on a directory. */
public final class EmbeddedEngine {
  private EmbeddedEngine() {}

  /**
   * Opens an engine on a directory, which is made if it is not there; start it after machines and
   * handlers are registered.
   *
   * @param directory belongs to this engine alone until it is closed
   * @throws dev.drover.wire.DroverException {@code DATA_DIRECTORY_IN_USE}, {@code STORE_TOO_NEW}
   *     (nothing was changed then), {@code STORE_FAILED}, {@code DISK_FULL}
   */
  public static Engine open(Path directory, EngineOptions options) {
    return StoreEngine.open("engine", openStore(directory, options.schema()), options);
  }

  /**
   * Opens the engine's store alone, which gives the directory back when it is closed.
   *
   * @throws dev.drover.wire.DroverException as {@link #open} does
   */
  public static Store openStore(Path directory, StoreSchema schema) {
    StoreDirectory owned = StoreDirectory.open(directory, schema);
    try {
      return RocksStore.open(owned);
    } catch (RuntimeException e) {
      owned.close();
      throw e;
    }
  }
}
