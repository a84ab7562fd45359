package dev.drover.machine;

/**
 * One kind of lifecycle, as a pure function.
 *
 * <p>Implementations hold no mutable state, do no I/O, read no clock and draw no random numbers:
 * the same rows, event and time always give the same step. An engine may call them from any of its
 * threads and may call {@link #step} again with the same arguments after a crash.
 *
 * @param <E> the decoded event
 */
public interface Machine<E> {
  /**
   * Returns the name under which rows are stored and events addressed; never changes once a store
   * was written with it.
   *
   * @return lower-case letters, digits and hyphens, starting with a letter, at most {@value
   *     MachineLimits#NAME_CHARS_MAX} characters
   */
  String name();

  /**
   * Parses an event.
   *
   * @param event what was submitted, sent or set as a timer; at most {@value
   *     MachineLimits#EVENT_BYTES_MAX} bytes
   * @throws IllegalArgumentException if it does not parse; the submitter is told {@link
   *     dev.drover.wire.ErrorCode#MESSAGE_MALFORMED}
   * @throws dev.drover.wire.DroverException to give the submitter a code of its own
   */
  E decode(byte[] event);

  /**
   * Decides what an event changes.
   *
   * <p>A {@link dev.drover.wire.DroverException} thrown here refuses the event with its code and
   * changes nothing; any other exception is a defect: nothing changes, the submitter is told {@link
   * dev.drover.wire.ErrorCode#INTERNAL}, and where the event was a timer or came from another
   * machine it is dropped, counted and logged.
   *
   * @param own the rows of this event's key as they stand before the event; valid only during the
   *     call
   * @param event the decoded event
   * @param nowMs engine time in milliseconds since 1970; never falls for one engine
   * @return what changes and what is owed
   */
  Step step(RowReader own, E event, long nowMs);
}
