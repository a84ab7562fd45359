package dev.drover.hub.core;

import dev.drover.hub.core.ExecutionMachine.Event;
import dev.drover.hub.core.ExecutionMachine.State;
import dev.drover.hub.v1.ExecutionRow;
import dev.drover.machine.Row;
import dev.drover.v1.Lease;
import java.util.Locale;

/**
 * Who is offered to the device next, within one step. A device has a number of places; what finds
 * none waits here, by priority, then by how long ago it was served, then in order. Installations
 * come one at a time. What waits on the device for a window or a condition gives its place free, so
 * that it holds up nothing else. Pure.
 */
final class DeviceLine {
  private static final int PRIORITY_MAX = 999;

  private final ExecutionChange change;
  private final int placesMax;
  private boolean freed;

  DeviceLine(ExecutionChange change, int placesMax) {
    this.change = change;
    this.placesMax = placesMax;
  }

  /** Returns whether the execution can be offered at once. */
  boolean hasPlace(ExecutionRow.Builder row) {
    return change.head.getPlaces() < placesMax
        && !(row.getInstall() && change.head.getInstalls() > 0);
  }

  /** Queues a lease. */
  void add(ExecutionRow.Builder row, Lease lease) {
    change.head.setTurn(change.head.getTurn() + 1).setQueued(change.head.getQueued() + 1);
    // Served long ago, or never, comes before served lately.
    String name =
        String.format(
            Locale.ROOT,
            "%s%03d/%020d/%020d",
            ExecutionRows.QUEUE,
            PRIORITY_MAX - Math.min(PRIORITY_MAX, lease.getPriority()),
            row.getServed(),
            change.head.getTurn());
    long waitMs = row.getTimers().getQueueSeconds() * 1000;
    row.setQueueRow(name).setQueueUntilMs(waitMs == 0 ? 0 : change.nowMs + waitMs);
    change.step.put(name, lease.toByteArray());
  }

  /** Offers a lease to the device; the time in which it may start begins now. */
  void offer(ExecutionRow.Builder row, Lease lease) {
    long startMs = Math.max(0, lease.getExpiresMs() - lease.getNotBeforeMs());
    long expiresMs =
        row.getQueueRow().isEmpty()
            ? lease.getExpiresMs()
            : Math.min(change.nowMs + startMs, lease.getDeadlineMs());
    long offerMs = row.getTimers().getOfferSeconds() * 1000;
    row.setLeaseExpiresMs(expiresMs)
        .setOfferUntilMs(offerMs == 0 ? 0 : change.nowMs + offerMs)
        .clearQueueRow();
    row.getExecutionBuilder().setGrantedMs(change.nowMs);
    change.head.setTurn(change.head.getTurn() + 1);
    row.setServed(change.head.getTurn());
    take(row);
    Lease offered = lease.toBuilder().setExpiresMs(expiresMs).build();
    long acceptUntilMs = offerMs == 0 ? expiresMs : Math.min(expiresMs, row.getOfferUntilMs());
    row.setLeaseSeq(change.queue.add(change.queue.lease(offered, acceptUntilMs)));
  }

  private void take(ExecutionRow.Builder row) {
    change.head.setPlaces(change.head.getPlaces() + 1);
    if (row.getInstall()) {
      change.head.setInstalls(change.head.getInstalls() + 1);
    }
  }

  /** Takes out one that ended, and frees the place that it had. */
  void leave(ExecutionRow.Builder row) {
    freed = true;
    if (!row.getQueueRow().isEmpty()) {
      change.step.delete(row.getQueueRow());
      row.clearQueueRow();
      change.head.setQueued(Math.max(0, change.head.getQueued() - 1));
      return;
    }
    park(row, true);
    row.clearParked();
    if (row.getInstall()) {
      change.head.setInstalls(Math.max(0, change.head.getInstalls() - 1));
    }
  }

  /** Gives free the place of one that waits on the device for long, or takes it again. */
  void park(ExecutionRow.Builder row, boolean parked) {
    if (row.getParked() == parked) {
      return;
    }
    row.setParked(parked);
    int places = change.head.getPlaces() + (parked ? -1 : 1);
    change.head.setPlaces(Math.max(0, places));
    freed |= parked;
  }

  /** Offers what has a place now. */
  void promote() {
    if (!freed || change.head.getQueued() == 0) {
      return;
    }
    for (Row row : change.own.scan(ExecutionRows.QUEUE, ExecutionMachine.ACTIVE_MAX)) {
      if (change.head.getPlaces() >= placesMax) {
        return;
      }
      Lease lease = StoredRows.parse(row.name(), row.value(), Lease.parser());
      ExecutionRow.Builder waiting = change.find(lease.getExecution());
      // One that ended in this step is still among the rows.
      boolean here = waiting != null && waiting.getQueueRow().equals(row.name());
      if (waiting != null && here && hasPlace(waiting)) {
        change.step.delete(row.name());
        change.head.setQueued(change.head.getQueued() - 1);
        waiting
            .getExecutionBuilder()
            .setState(
                ExecutionRows.wire(
                    ExecutionMachine.TABLE.move(State.QUEUED, Event.PROMOTE, State.GRANTED)));
        offer(waiting, lease);
        change.watch(waiting);
      }
    }
  }
}
