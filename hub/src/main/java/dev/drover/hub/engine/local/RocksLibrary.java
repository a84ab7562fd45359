package dev.drover.hub.engine.local;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * Loads RocksDB's native library from a private directory. Left to itself it unpacks to the common
 * temporary directory, where a killed process leaves 15 MB behind each time.
 */
final class RocksLibrary {
  private static boolean loaded;

  private RocksLibrary() {}

  static synchronized void load(Path privateDirectory) {
    if (loaded) {
      return;
    }
    try {
      NativeLibraryLoader.getInstance().loadLibrary(privateDirectory.toString());
    } catch (IOException e) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "cannot load the store's library from " + privateDirectory, e);
    }
    RocksDB.loadLibrary();
    loaded = true;
  }
}
