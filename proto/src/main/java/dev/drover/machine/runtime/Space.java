package dev.drover.machine.runtime;

/** The four sorted maps of a store. Names are part of the layout on disk. */
public enum Space {
  /** Rows of machines, by machine, key and row name. */
  ROWS,
  /** Effects and sends that are owed, by sequence number. */
  OUTBOX,
  /** Timers, by time and by name. */
  TIMERS,
  /** The engine's own: schema, next sequence number, time. */
  META
}
