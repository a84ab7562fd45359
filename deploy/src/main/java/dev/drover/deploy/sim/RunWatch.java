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
final class RunWatch<E> extends Watch<E> {
  RunWatch(SimAgent agent, Machine<E> inside) {
    super(agent, inside);
  }

  @Override
  void saw(RowReader own, E event, Step step) {
    RunRow before = Machines.row(own, RunMachine.ROW, RunRow.parser(), RunRow.getDefaultInstance());
    for (RowChange change : step.rows()) {
      byte[] value = change.value();
      if (change.row().equals(RunMachine.ROW) && value != null) {
        RunRow after = Machines.parse(RunRow.parser(), value);
        if (isRunning(after) && !isRunning(before)) {
          agent.world.ledger().starts(agent, after);
        }
      }
    }
  }

  /** Returns whether a device is at it, as its row says. */
  static boolean isRunning(RunRow row) {
    return row.getState() == ExecutionState.RUNNING;
  }
}
