package dev.drover.machine.runtime;

import dev.drover.machine.RowReader;
import java.util.List;

/** All rows of a store, to be changed by an upgrade. For one thread. */
public final class RowEditor {
  private final Overlay overlay;

  RowEditor(Overlay overlay) {
    this.overlay = overlay;
  }

  /** Returns keys of a machine after the given one, in order; see {@code Engine.scanKeys}. */
  public List<String> keys(String machine, String afterKey, int limit) {
    return KeyScan.keys(overlay, machine, afterKey, limit);
  }

  /** Returns the rows of a key, with the changes made so far. */
  public RowReader rows(String machine, String key) {
    return new Rows(overlay, machine, key);
  }

  /** Writes a row. */
  public void put(String machine, String key, String row, byte[] value) {
    overlay.put(Space.ROWS, new Rows(overlay, machine, key).keyOf(row), value);
  }

  /** Deletes a row. */
  public void delete(String machine, String key, String row) {
    overlay.delete(Space.ROWS, new Rows(overlay, machine, key).keyOf(row));
  }
}
