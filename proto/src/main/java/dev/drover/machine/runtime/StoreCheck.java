package dev.drover.machine.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Checks that a store is well-formed: every timer has both its entries, everything owed parses and
 * is numbered below the next number, every row has a name. Used after tests and by a person who
 * doubts a disk; reads everything.
 */
public final class StoreCheck {
  private static final byte[] FIRST = {};
  private static final byte[] LAST = new byte[64];

  static {
    Arrays.fill(LAST, (byte) 0xff);
  }

  private StoreCheck() {}

  /** Returns what is wrong, one sentence each; empty for a well-formed store. */
  public static List<String> problems(Reading store) {
    List<String> problems = new ArrayList<>();
    checkTimers(store, problems);
    checkOutbox(store, problems);
    store.scan(
        Space.ROWS,
        FIRST,
        LAST,
        (key, value) -> {
          if (Keys.rowParts(key)[2].isEmpty()) {
            problems.add("A row has no name.");
          }
          return true;
        });
    return problems;
  }

  private static void checkTimers(Reading store, List<String> problems) {
    store.scan(
        Space.TIMERS,
        FIRST,
        LAST,
        (key, value) -> {
          boolean byTime = key[0] == Keys.TIMER_BY_TIME;
          String[] of = byTime ? Keys.timerParts(key) : Keys.timerNameParts(key);
          byte[] other =
              byTime
                  ? Keys.timerByName(of[0], of[1], of[2])
                  : Keys.timerByTime(Keys.toLong(value), of[0], of[1], of[2]);
          byte[] found = store.get(Space.TIMERS, other);
          if (found == null || (byTime && Keys.toLong(found) != Keys.timerTime(key))) {
            problems.add("Timer " + of[2] + " of machine " + of[0] + " lacks its other entry.");
          }
          return true;
        });
  }

  private static void checkOutbox(Reading store, List<String> problems) {
    byte[] next = store.get(Space.META, Keys.META_SEQ);
    long nextSeq = next == null ? 1 : Keys.toLong(next);
    store.scan(
        Space.OUTBOX,
        FIRST,
        LAST,
        (key, value) -> {
          Owed owed = Owed.recovered(key, value);
          if (owed.seq >= nextSeq) {
            problems.add("Something owed has the number " + owed.seq + ", not below the next.");
          }
          return true;
        });
  }
}
