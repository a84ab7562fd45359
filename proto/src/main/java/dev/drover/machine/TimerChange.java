package dev.drover.machine;

import org.jspecify.annotations.Nullable;

/** A timer that a step sets, moves or cancels. */
public final class TimerChange {
  private final String name;
  private final long atMs;
  private final byte @Nullable [] event;

  TimerChange(String name, long atMs, byte @Nullable [] event) {
    this.name = name;
    this.atMs = atMs;
    this.event = event;
  }

  /** Returns the timer's name, unique within the key. */
  public String name() {
    return name;
  }

  /**
   * Returns the engine time, in milliseconds, at or after which it fires; 0 for a cancelled one.
   */
  public long atMs() {
    return atMs;
  }

  /** Returns the event to deliver, or null where the timer is cancelled. */
  public byte @Nullable [] event() {
    return event;
  }
}
