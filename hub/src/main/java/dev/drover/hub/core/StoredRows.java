package dev.drover.hub.core;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.drover.machine.RowReader;
import java.util.Optional;

/** Reads rows that hold messages, and names rows so that numbers sort. Pure. */
final class StoredRows {
  private static final int LONG_DIGITS = 19;
  private static final int SHORT_DIGITS = 9;
  private static final String ZEROS = "0".repeat(LONG_DIGITS);

  private StoredRows() {}

  /**
   * Returns a row's message.
   *
   * @throws IllegalStateException if the row does not parse: the store is damaged or from a defect
   */
  static <T extends MessageLite> Optional<T> find(RowReader rows, String row, Parser<T> parser) {
    byte[] value = rows.get(row);
    return value == null ? Optional.empty() : Optional.of(parse(row, value, parser));
  }

  /** Returns a row's message, or the given one where there is no row. */
  static <T extends MessageLite> T get(RowReader rows, String row, Parser<T> parser, T otherwise) {
    return find(rows, row, parser).orElse(otherwise);
  }

  static <T extends MessageLite> T parse(String row, byte[] value, Parser<T> parser) {
    try {
      return parser.parseFrom(value);
    } catch (InvalidProtocolBufferException damaged) {
      throw new IllegalStateException("A row does not parse: " + row, damaged);
    }
  }

  /** Parses an event for a machine. */
  static <T extends MessageLite> T event(byte[] bytes, Parser<T> parser) {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalArgumentException("The event does not parse.", malformed);
    }
  }

  /** Returns a number with leading zeros, so that names sort like numbers. */
  static String padded(long number) {
    return padded(number, LONG_DIGITS);
  }

  /** Returns a shorter number with leading zeros, for counts below a thousand million. */
  static String shortPadded(long number) {
    return padded(number, SHORT_DIGITS);
  }

  private static String padded(long number, int width) {
    String digits = Long.toString(number);
    return digits.length() >= width ? digits : ZEROS.substring(digits.length(), width) + digits;
  }

  /** Returns the last part of a row's name as the number that it was padded from. */
  static long numberAtEnd(String row) {
    return Long.parseLong(row, row.lastIndexOf('/') + 1, row.length(), 10);
  }
}
