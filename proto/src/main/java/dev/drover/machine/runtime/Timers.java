package dev.drover.machine.runtime;

import dev.drover.machine.TimerChange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which timers are due. Holds only the time of the earliest one, whatever their number; the rest
 * stays in the store. For the committer.
 */
final class Timers {
  private static final long NEVER = Long.MAX_VALUE;

  /** No timer in the committed state is earlier than this. */
  private long earliestMs;

  /** The earliest timer set by the group that is being made. */
  private long earliestSetMs = NEVER;

  private boolean fired;

  /** A timer as found in the committed state. */
  static final class Due {
    final byte[] storeKey;
    final String machine;
    final String key;
    final String name;
    final byte[] event;

    private Due(byte[] storeKey, byte[] event) {
      String[] parts = Keys.timerParts(storeKey);
      this.storeKey = storeKey;
      this.machine = parts[0];
      this.key = parts[1];
      this.name = parts[2];
      this.event = event;
    }
  }

  /** Returns the engine time of the earliest timer, or {@link Long#MAX_VALUE}; may be too early. */
  long earliestMs() {
    return earliestMs;
  }

  /** Finds the earliest timer; at the start and after a group. */
  void refresh(Reading committed) {
    byte[] from = Keys.timerTimeHead(Math.min(earliestMs, earliestSetMs));
    earliestMs = NEVER;
    earliestSetMs = NEVER;
    fired = false;
    byte[] to = {Keys.TIMER_BY_NAME};
    committed.scan(
        Space.TIMERS,
        from,
        to,
        (key, event) -> {
          earliestMs = Keys.timerTime(key);
          return false;
        });
  }

  /** Returns timers that are due, the earliest first. */
  List<Due> due(Reading committed, long nowMs, int limit) {
    List<Due> due = new ArrayList<>();
    if (earliestMs <= nowMs && limit > 0) {
      fired = true;
      committed.scan(
          Space.TIMERS,
          Keys.timerTimeHead(earliestMs),
          Keys.timerTimeHead(nowMs + 1),
          (key, event) -> {
            due.add(new Due(key, event));
            return due.size() < limit;
          });
    }
    return due;
  }

  /** Deletes a due timer; returns false if an earlier event of the group moved or cancelled it. */
  boolean take(Overlay overlay, Due due) {
    if (overlay.get(Space.TIMERS, due.storeKey) == null) {
      return false;
    }
    overlay.delete(Space.TIMERS, due.storeKey);
    overlay.delete(Space.TIMERS, Keys.timerByName(due.machine, due.key, due.name));
    return true;
  }

  /** Sets, moves or cancels a timer. */
  void apply(Overlay overlay, MailKey of, TimerChange change) {
    byte[] byName = Keys.timerByName(of.machine(), of.key(), change.name());
    byte @Nullable [] at = overlay.get(Space.TIMERS, byName);
    if (at != null) {
      overlay.delete(
          Space.TIMERS, Keys.timerByTime(Keys.toLong(at), of.machine(), of.key(), change.name()));
    }
    byte[] event = change.event();
    if (event != null) {
      overlay.put(Space.TIMERS, byName, Keys.ofLong(change.atMs()));
      overlay.put(
          Space.TIMERS,
          Keys.timerByTime(change.atMs(), of.machine(), of.key(), change.name()),
          event);
      earliestSetMs = Math.min(earliestSetMs, change.atMs());
    } else if (at != null) {
      overlay.delete(Space.TIMERS, byName);
    }
  }

  /** Notes that the group is durable. */
  void committed(Reading committed) {
    if (fired) {
      refresh(committed);
    } else {
      earliestMs = Math.min(earliestMs, earliestSetMs);
      earliestSetMs = NEVER;
    }
  }
}
