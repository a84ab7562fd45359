package dev.drover.machine.runtime;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * Which version of the machines' rows this program writes, and how older ones become it.
 *
 * <p>A store carries two numbers: the layout, which is this package's, and the version, which is
 * that of the rows inside. A store with a higher one of either is refused before anything is
 * written.
 *
 * @param version the version of rows this program writes, from 1
 * @param upgraders for each older version that is still read, the change to the next one
 */
public record StoreSchema(int version, Map<Integer, StoreUpgrader> upgraders) {
  /** The layout of keys and values that this package writes. */
  public static final int LAYOUT = 1;

  /** Checks the range and copies the map. */
  public StoreSchema {
    if (version < 1) {
      throw new IllegalArgumentException("Versions begin with 1");
    }
    upgraders = Map.copyOf(upgraders);
  }

  /** Returns version 1, which has nothing to upgrade from. */
  public static StoreSchema first() {
    return new StoreSchema(1, Map.of());
  }

  /**
   * Throws if a store with these numbers is newer than this program, or older than it can upgrade.
   *
   * @throws DroverException {@link ErrorCode#STORE_TOO_NEW} or {@link ErrorCode#STORE_FAILED}
   */
  public void checkReadable(int layoutFound, int versionFound) {
    if (layoutFound > LAYOUT || versionFound > version) {
      throw new DroverException(
          ErrorCode.STORE_TOO_NEW,
          "The store has version "
              + layoutFound
              + "."
              + versionFound
              + "; this program knows up to "
              + LAYOUT
              + "."
              + version
              + ".");
    }
    for (int from = versionFound; from < version; from++) {
      StoreUpgrader unused = upgrader(from);
    }
  }

  private StoreUpgrader upgrader(int from) {
    StoreUpgrader upgrader = upgraders.get(from);
    if (upgrader == null) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The store's version " + from + " cannot be upgraded.");
    }
    return upgrader;
  }

  /** Brings a store to this version, one version at a time, each in one batch. */
  void prepare(Store store) {
    byte[] found = store.get(Space.META, Keys.META_SCHEMA);
    if (found == null) {
      writeVersion(new Overlay(store), store, version);
      return;
    }
    ByteBuffer numbers = ByteBuffer.wrap(found);
    int layoutFound = numbers.getInt();
    int versionFound = numbers.getInt();
    checkReadable(layoutFound, versionFound);
    for (int from = versionFound; from < version; from++) {
      Overlay overlay = new Overlay(store);
      upgrader(from).upgrade(new RowEditor(overlay));
      writeVersion(overlay, store, from + 1);
    }
  }

  private static void writeVersion(Overlay overlay, Store store, int version) {
    byte[] numbers = ByteBuffer.allocate(2 * Integer.BYTES).putInt(LAYOUT).putInt(version).array();
    overlay.put(Space.META, Keys.META_SCHEMA, numbers);
    store.commit(overlay);
  }
}
