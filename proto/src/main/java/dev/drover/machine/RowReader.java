package dev.drover.machine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one key of one machine, in one consistent state.
 *
 * <p>Valid only during the call that it was given to, on the thread of that call. Returned arrays
 * belong to the reader's owner and are not to be changed.
 */
public interface RowReader {
  /** Returns the key whose rows these are. */
  String key();

  /** Returns the value of a row, or null where there is none. */
  byte @Nullable [] get(String row);

  /** Returns the first rows whose names start with the prefix, in order of their UTF-8 bytes. */
  default List<Row> scan(String prefix, int limit) {
    return scan(prefix, "", limit);
  }

  /**
   * Returns rows whose names start with the prefix, in order of their UTF-8 bytes.
   *
   * @param prefix start of the names; empty for every row
   * @param from the first name to return, or empty to begin with the first
   * @param limit most rows to return, 1 to {@link MachineLimits#SCAN_ROWS_MAX}
   */
  List<Row> scan(String prefix, String from, int limit);
}
