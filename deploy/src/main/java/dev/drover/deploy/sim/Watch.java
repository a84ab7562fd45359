package dev.drover.deploy.sim;

import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;

/**
 * Stands around a machine of a device and looks at what it decides.
 *
 * @param <E> the event of the machine inside
 */
abstract class Watch<E> implements Machine<E> {
  final SimAgent agent;
  private final Machine<E> inside;

  Watch(SimAgent agent, Machine<E> inside) {
    this.agent = agent;
    this.inside = inside;
  }

  @Override
  public final String name() {
    return inside.name();
  }

  @Override
  public final E decode(byte[] event) {
    return inside.decode(event);
  }

  @Override
  public final Step step(RowReader own, E event, long nowMs) {
    Step step = inside.step(own, event, nowMs);
    saw(own, event, step);
    return step;
  }

  /**
   * Looks at a decision.
   *
   * @param own the rows before it
   */
  abstract void saw(RowReader own, E event, Step step);
}
