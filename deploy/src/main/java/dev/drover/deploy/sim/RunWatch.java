package dev.drover.deploy.sim;

import dev.drover.agent.core.Machines;
import dev.drover.agent.core.RunMachine;
import dev.drover.agent.v1.RunRow;
import dev.drover.machine.Machine;
import dev.drover.machine.RowChange;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.v1.ExecutionState;

/**
 * Stands around the executions of a device and tells the ledger when it decides to start one.
 *
 * @param <E> the event of the machine inside
 */
final class RunWatch<E> implements Machine<E> {
  private final SimAgent agent;
  private final Machine<E> inside;

  RunWatch(SimAgent agent, Machine<E> inside) {
    this.agent = agent;
    this.inside = inside;
  }

  @Override
  public String name() {
    return inside.name();
  }

  @Override
  public E decode(byte[] event) {
    return inside.decode(event);
  }

  @Override
  public Step step(RowReader own, E event, long nowMs) {
    RunRow before = row(own.get(RunMachine.ROW));
    Step step = inside.step(own, event, nowMs);
    for (RowChange change : step.rows()) {
      RunRow after = row(change.row().equals(RunMachine.ROW) ? change.value() : null);
      boolean starts =
          before.getState() != ExecutionState.RUNNING && after.getState() == ExecutionState.RUNNING;
      if (starts) {
        agent.world.ledger().starts(agent, after);
      }
    }
    return step;
  }

  private static RunRow row(byte @org.jspecify.annotations.Nullable [] stored) {
    return stored == null ? RunRow.getDefaultInstance() : Machines.parse(RunRow.parser(), stored);
  }
}
