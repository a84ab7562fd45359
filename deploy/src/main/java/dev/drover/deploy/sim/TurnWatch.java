package dev.drover.deploy.sim;

import dev.drover.agent.core.Machines;
import dev.drover.agent.core.TurnMachine;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.TurnRow;
import dev.drover.machine.Machine;
import dev.drover.machine.MachineLimits;
import dev.drover.machine.Row;
import dev.drover.machine.RowChange;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.schedule.Windows;
import dev.drover.v1.Conditions;
import dev.drover.v1.Lease;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Stands around the queue of a device and holds each of its decisions against what really is around
 * the device.
 *
 * @param <E> the event of the machine inside
 */
final class TurnWatch<E> extends Watch<E> {
  static final String CONDITIONS = "nothing starts when the device's own conditions say no";
  static final String WINDOWS = "nothing starts outside of its window";

  /** A device is looked at every few seconds, and what it saw may be under way. */
  private static final long STALE_MS = 15_000;

  private static final long LEAP_MS = 10_000;
  private static final long STEP_MS = 5_000;

  TurnWatch(SimAgent agent, Machine<E> inside) {
    super(agent, inside);
  }

  @Override
  void saw(RowReader own, E event, Step step) {
    Set<String> going = new HashSet<>();
    for (Row row : own.scan(TurnMachine.EXECUTIONS, MachineLimits.SCAN_ROWS_MAX)) {
      TurnRow before = Machines.parse(TurnRow.parser(), row.value());
      if (before.getGoing()) {
        going.add(row.name());
      }
    }
    if (event instanceof TurnEvent turn && turn.hasLeft()) {
      going.remove(TurnMachine.EXECUTIONS + turn.getLeft().getExecution());
    }
    for (RowChange change : step.rows()) {
      byte[] value = change.value();
      if (!change.row().startsWith(TurnMachine.EXECUTIONS) || value == null) {
        continue;
      }
      TurnRow after = Machines.parse(TurnRow.parser(), value);
      if (after.getGoing() && !going.contains(change.row())) {
        goes(after, !going.isEmpty());
        going.add(change.row());
      }
    }
  }

  private void goes(TurnRow row, boolean busy) {
    String what = row.getArrived().getExecution() + " may start on " + agent.name;
    SimWorld world = agent.world;
    Lease lease = granted(row.getArrived());
    Conditions conditions = lease.getConditions();
    boolean owner =
        conditions.getOwnerConsent()
            || (row.getArrived().getInstall() && agent.around.ownerAsked());
    if (owner && !agent.consented(row.getArrived().getExecution())) {
      world.invariants().fail(CONDITIONS, what + ", and its owner did not say yes.");
    }
    if (!agent.around.met(conditions, STALE_MS) || (conditions.getIdle() && busy)) {
      world.invariants().fail(CONDITIONS, what + ", and its conditions are not met.");
    }
    if (!world.faults().clocksWrong(agent.name) && !open(lease)) {
      world
          .invariants()
          .fail(WINDOWS, String.format(Locale.ROOT, "%s, and no window is open.", what));
    }
  }

  /** Returns what the hub granted, whatever the device made of it. */
  private Lease granted(TurnArrived arrived) {
    return agent
        .world
        .ledger()
        .granted(agent.name, arrived.getExecution(), arrived.getAttempt())
        .map(Ledger.Granted::lease)
        .orElseGet(
            () ->
                Lease.newBuilder()
                    .setConditions(arrived.getConditions())
                    .addAllWindows(arrived.getWindowsList())
                    .build());
  }

  /** A device believes the hub, whose engine time leaps ahead where a process of it ended. */
  private boolean open(Lease lease) {
    SimWorld world = agent.world;
    long aheadMs = LEAP_MS * world.hub().life();
    for (long byMs = -STALE_MS; byMs <= aheadMs; byMs += STEP_MS) {
      if (Windows.isOpen(lease.getWindowsList(), agent.around.zone(), world.nowMs() + byMs)) {
        return true;
      }
    }
    return false;
  }
}
