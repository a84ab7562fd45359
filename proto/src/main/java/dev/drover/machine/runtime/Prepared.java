package dev.drover.machine.runtime;

import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * A decoded event with the machine that understands it.
 *
 * @param <E> the decoded event
 */
final class Prepared<E> {
  private final Machine<E> machine;
  private final E event;

  private Prepared(Machine<E> machine, E event) {
    this.machine = machine;
    this.event = event;
  }

  /**
   * Decodes an event.
   *
   * @throws DroverException if it does not parse
   */
  static <E> Prepared<E> of(Machine<E> machine, byte[] event) {
    try {
      return new Prepared<>(machine, machine.decode(event));
    } catch (IllegalArgumentException malformed) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED,
          "The event is not one of machine " + machine.name() + ".",
          malformed);
    }
  }

  String machine() {
    return machine.name();
  }

  Step step(RowReader own, long nowMs) {
    return machine.step(own, event, nowMs);
  }
}
