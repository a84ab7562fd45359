package dev.drover.machine.runtime;

import dev.drover.machine.MachineLimits;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of one key, read from a store, a view or an overlay. */
final class Rows implements RowReader {
  private final Reading reading;
  private final String key;
  private final byte[] prefix;

  Rows(Reading reading, String machine, String key) {
    this.reading = reading;
    this.key = key;
    this.prefix = Keys.rowsOf(machine, key);
  }

  @Override
  public String key() {
    return key;
  }

  @Override
  public byte @Nullable [] get(String row) {
    return reading.get(Space.ROWS, keyOf(row));
  }

  @Override
  public List<Row> scan(String rowPrefix, String from, int limit) {
    checkLimit(limit);
    byte[] start = keyOf(rowPrefix);
    byte[] end = Keys.successor(start);
    byte[] wanted = keyOf(from);
    if (Arrays.compareUnsigned(wanted, start) > 0) {
      start = wanted;
    }
    List<Row> rows = new ArrayList<>();
    if (Arrays.compareUnsigned(start, end) < 0) {
      reading.scan(Space.ROWS, start, end, (found, value) -> add(rows, found, value, limit));
    }
    return rows;
  }

  private boolean add(List<Row> rows, byte[] found, byte[] value, int limit) {
    rows.add(new Row(Keys.text(found, prefix.length, found.length), value));
    return rows.size() < limit;
  }

  byte[] keyOf(String row) {
    return Keys.concat(prefix, Keys.utf8(row));
  }

  static void checkLimit(int limit) {
    if (limit < 1 || limit > MachineLimits.SCAN_ROWS_MAX) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED,
          "A scan returns 1 to " + MachineLimits.SCAN_ROWS_MAX + " rows, not " + limit + ".");
    }
  }
}
