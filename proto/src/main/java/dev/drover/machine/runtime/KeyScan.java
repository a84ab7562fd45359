package dev.drover.machine.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lists the keys of a machine by skipping from the first row of one to the first of the next. */
final class KeyScan {
  private KeyScan() {}

  static List<String> keys(Reading reading, String machine, String afterKey, int limit) {
    Rows.checkLimit(limit);
    byte[] end = Keys.successor(Keys.rowsOf(machine));
    byte[] from = afterKey.isEmpty() ? Keys.rowsOf(machine) : Keys.afterRowsOf(machine, afterKey);
    List<String> keys = new ArrayList<>();
    while (keys.size() < limit && Arrays.compareUnsigned(from, end) < 0) {
      List<String> found = new ArrayList<>(1);
      reading.scan(Space.ROWS, from, end, (key, value) -> !found.add(Keys.rowParts(key)[1]));
      if (found.isEmpty()) {
        break;
      }
      keys.add(found.get(0));
      from = Keys.afterRowsOf(machine, found.get(0));
    }
    return keys;
  }
}
