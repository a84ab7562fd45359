package dev.drover.machine;

import org.jspecify.annotations.Nullable;

/** One row that a step writes or deletes. */
public final class RowChange {
  private final String row;
  private final byte @Nullable [] value;

  RowChange(String row, byte @Nullable [] value) {
    this.row = row;
    this.value = value;
  }

  /** Returns the row's name. */
  public String row() {
    return row;
  }

  /** Returns the new value, or null where the row is deleted. */
  public byte @Nullable [] value() {
    return value;
  }
}
