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
    RunRow before = Machines.row(own, RunMachine.ROW, RunRow.parser(), RunRow.getDefaultInstance());
    Step step = inside.step(own, event, nowMs);
    for (RowChange change : step.rows()) {
      byte[] value = change.value();
      if (change.row().equals(RunMachine.ROW) && value != null) {
        RunRow after = Machines.parse(RunRow.parser(), value);
        if (isRunning(after) && !isRunning(before)) {
          agent.world.ledger().starts(agent, after);
        }
      }
    }
    return step;
  }

  private static boolean isRunning(RunRow row) {
    return row.getState() == ExecutionState.RUNNING;
  }
}
