package dev.drover.machine;

/** A row as read: its name and its value, which is not to be changed. */
public final class Row {
  private final String name;
  private final byte[] value;

  /** Makes a row of its name and value; the array is not copied. */
  public Row(String name, byte[] value) {
    this.name = name;
    this.value = value;
  }

  /** Returns the name, unique within the key. */
  public String name() {
    return name;
  }

  /** Returns the value. */
  public byte[] value() {
    return value;
  }
}
