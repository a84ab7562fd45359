package dev.drover.machine.runtime;

/**
 * Engine time that never falls, not even over a crash: nobody sees a time that is not covered by a
 * durable reservation or by the batch it is used in. Thread-safe.
 */
final class TimeKeeper {
  private final EngineTime source;
  private final EngineClock clock;

  /** No time above this is shown to callers; durable. */
  private long reservedMs;

  private boolean wanted;

  private TimeKeeper(EngineTime source, EngineClock clock) {
    this.source = source;
    this.clock = clock;
  }

  /** Resumes from what the store holds and makes the first reservation durable. */
  static TimeKeeper open(EngineTime source, Store store) {
    long wallMs = source.wall().millis();
    long monotonic = source.monotonicNanos().getAsLong();
    byte[] persisted = store.get(Space.META, Keys.META_TIME);
    EngineClock clock =
        persisted == null
            ? EngineClock.first(source.policy(), wallMs, monotonic)
            : EngineClock.resumed(source.policy(), Keys.toLong(persisted), wallMs, monotonic);
    TimeKeeper keeper = new TimeKeeper(source, clock);
    Overlay overlay = new Overlay(store);
    long untilMs = keeper.reserve(overlay, keeper.groupMs());
    store.commit(overlay);
    keeper.reserved(untilMs);
    return keeper;
  }

  /** Returns the time for callers. */
  synchronized long shownMs() {
    long nowMs = read();
    wanted |= nearEnd(nowMs);
    return Math.min(nowMs, reservedMs);
  }

  /** Returns the time for a group, which makes it durable with {@link #reserve}. */
  synchronized long groupMs() {
    return read();
  }

  /** Returns whether a caller needs a reservation before another group makes one by itself. */
  synchronized boolean wanted() {
    return wanted;
  }

  /**
   * Adds a reservation to a group if one is due.
   *
   * @param nowMs the group's time
   * @return the new reservation, to be passed to {@link #reserved}, or the present one
   */
  synchronized long reserve(Overlay overlay, long nowMs) {
    if (!nearEnd(nowMs)) {
      return reservedMs;
    }
    long untilMs = nowMs + source.reserveMs();
    overlay.put(Space.META, Keys.META_TIME, Keys.ofLong(untilMs));
    return untilMs;
  }

  /** Adds the exact time to the last batch of an orderly close. */
  synchronized void close(Overlay overlay) {
    reservedMs = Math.min(reservedMs, read());
    overlay.put(Space.META, Keys.META_TIME, Keys.ofLong(reservedMs));
  }

  /** Notes that a reservation is durable. */
  synchronized void reserved(long untilMs) {
    reservedMs = untilMs;
    wanted = false;
  }

  long monotonicNanos() {
    return source.monotonicNanos().getAsLong();
  }

  private boolean nearEnd(long nowMs) {
    return nowMs > reservedMs - source.reserveMs() / 2;
  }

  private long read() {
    return clock.read(source.wall().millis(), source.monotonicNanos().getAsLong());
  }
}
