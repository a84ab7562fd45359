package dev.drover.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes with a unit in text: {@code 64MiB}, {@code 2GiB}, {@code 512KiB} or {@code
 * 100B} (IEC 80000-13 binary units).
 *
 * @param bytes not negative
 */
public record DataSize(long bytes) implements Comparable<DataSize> {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,15})\\s*(B|KiB|MiB|GiB|TiB)");

  /** Refuses negative sizes. */
  public DataSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("A size is not negative.");
    }
  }

  /**
   * Reads text.
   *
   * @throws IllegalArgumentException if it is no size with a unit
   */
  public static DataSize parse(String text) {
    Matcher matcher = TEXT.matcher(text.trim());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("a size has a unit, as in 64MiB");
    }
    int shift = 10 * "BKMGT".indexOf(matcher.group(2).charAt(0));
    return new DataSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift));
  }

  @Override
  public int compareTo(DataSize other) {
    return Long.compare(bytes, other.bytes);
  }

  /** Returns the shortest exact text. */
  @Override
  public String toString() {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    long value = bytes;
    while (unit < units.length - 1 && value != 0 && value % 1024 == 0) {
      value /= 1024;
      unit++;
    }
    return value + units[unit];
  }

  /** Returns text for people with one decimal: {@code 1.5 GiB}. */
  public String forPerson() {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    double value = bytes;
    while (unit < units.length - 1 && value >= 1024) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }
}
