package dev.drover.hub.core;

import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.EpochMoved;
import dev.drover.hub.v1.ExecutionRow;
import dev.drover.hub.v1.HealthSeen;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.RaiseEpoch;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.Said;
import dev.drover.hub.v1.WatchCrashes;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.WaitReason;
import dev.drover.wire.ErrorCode;
import java.util.Optional;

/**
 * The part of an {@link ExecutionMachine} that takes a device's acknowledgements and reports. Pure.
 */
final class DeviceReports {
  private DeviceReports() {}

  static void take(ExecutionChange change, Said said) {
    long known = change.head.getIncarnation();
    boolean begins = said.getHello() && change.head.getSession() != said.getSession();
    change.head.setIncarnation(said.getIncarnation()).setSession(said.getSession());
    if (known != 0 && known != said.getIncarnation()) {
      newLife(change, said);
    } else if (!change.queue.acknowledge(said.getAcked(), begins)) {
      restored(change, said);
    }
    if (said.getHello()) {
      change.queue.resend();
    } else if (said.getGap()) {
      change.queue.resendMissing(said.getAcked());
    }
    said.getReportsList().forEach(report -> report(change, report));
  }

  /**
   * The device's store is new: what the old one had accepted is lost, and so are its numbers. A
   * tool whose lease was on its way may have been called; anything else can be granted again.
   */
  private static void newLife(ExecutionChange change, Said said) {
    for (ExecutionRow.Builder row : change.openRows()) {
      if (ExecutionRows.stateOf(row) == ExecutionMachine.State.QUEUED) {
        ExecutionMachine.TABLE.move(ExecutionMachine.State.QUEUED, ExecutionMachine.Event.NEW_LIFE);
        continue;
      }
      boolean granted = ExecutionRows.stateOf(row) == ExecutionMachine.State.GRANTED;
      boolean again = granted && row.getLeaseSeq() > 0 && !(row.getTool() && row.getSent());
      if (again) {
        ExecutionMachine.TABLE.move(
            ExecutionMachine.State.GRANTED,
            ExecutionMachine.Event.NEW_LIFE,
            ExecutionMachine.State.GRANTED);
        continue;
      }
      if (row.getLeaseSeq() > 0) {
        change.queue.replace(row);
      }
      change.end(
          row,
          ExecutionMachine.Event.NEW_LIFE,
          ExecutionMachine.State.OUTCOME_UNKNOWN,
          ErrorCode.OUTCOME_UNKNOWN);
    }
    moveEpoch(change, said, false);
  }

  /**
   * The device has seen commands that this hub does not know: the hub was restored from a backup.
   */
  private static void restored(ExecutionChange change, Said said) {
    change.sentMaybe();
    moveEpoch(change, said, true);
    RaiseEpoch raise =
        RaiseEpoch.newBuilder()
            .setAtLeast(change.head.getHubEpoch())
            .setDevice(change.device())
            .build();
    change.step.send(
        MachineKeys.REGISTRY,
        change.tenant(),
        RegistryEnvelope.newBuilder().setRaiseEpoch(raise).build().toByteArray());
  }

  private static void moveEpoch(ExecutionChange change, Said said, boolean restored) {
    long highest = Math.max(change.head.getHubEpoch(), said.getAcked().getHubEpoch());
    change.queue.renumber(highest + 1);
    change.head.setMarked(true).setUnsure(false);
    EpochMoved moved =
        EpochMoved.newBuilder()
            .setHubEpoch(change.head.getHubEpoch())
            .setRestored(restored)
            .build();
    change.tellDevice(DeviceEnvelope.newBuilder().setEpochMoved(moved));
  }

  private static void report(ExecutionChange change, ExecutionReport report) {
    ExecutionRow.Builder row = change.find(report.getExecution());
    if (row == null) {
      change.head.setRefusedUnknown(change.head.getRefusedUnknown() + 1);
      return;
    }
    if (row.getExecution().getAttempt() != report.getAttempt()) {
      change.head.setRefusedAttempt(change.head.getRefusedAttempt() + 1);
      return;
    }
    Optional<ExecutionMachine.Event> event = event(report.getState());
    event.ifPresent(reported -> implied(row, reported));
    ExecutionMachine.State before = ExecutionRows.stateOf(row);
    if (event.isEmpty() || !ExecutionMachine.TABLE.allows(before, event.get())) {
      change.head.setRefusedOrder(change.head.getRefusedOrder() + 1);
      return;
    }
    ExecutionMachine.State after = ExecutionMachine.TABLE.move(before, event.get());
    if (after == ExecutionMachine.State.SUCCEEDED && row.getWatchCrashes()) {
      change.head.setWatched(report.getExecution());
      WatchCrashes watch = WatchCrashes.getDefaultInstance();
      change.tellDevice(DeviceEnvelope.newBuilder().setWatchCrashes(watch));
    }
    ExecutionState told = row.getExecution().getState();
    boolean late =
        before == ExecutionMachine.State.UNREACHABLE || before == ExecutionMachine.State.TIMED_OUT;
    row.getExecutionBuilder().setState(ExecutionRows.wire(after));
    if (!late || after != before) {
      copy(change, row.getExecutionBuilder(), report);
    }
    if (late && after != before) {
      change.head.setLate(change.head.getLate() + 1);
      row.getExecutionBuilder().setEndedMs(change.nowMs);
      change.tellJobLate(row, told);
    } else if (!late && !ExecutionRows.isOpen(row)) {
      change.close(row);
      change.step.cancelTimer(ExecutionRows.EXECUTION + report.getExecution());
      change.tellJob(row);
    } else if (!late) {
      gotOn(change, row, before);
    }
  }

  /** What a device says of an attempt says too that it had accepted it, and had started it. */
  private static void implied(ExecutionRow.Builder row, ExecutionMachine.Event reported) {
    boolean accepted = reported == ExecutionMachine.Event.ACCEPT;
    if (ExecutionRows.stateOf(row) == ExecutionMachine.State.GRANTED && !accepted) {
      move(row, ExecutionMachine.State.GRANTED, ExecutionMachine.Event.ACCEPT);
    }
    boolean lost = reported == ExecutionMachine.Event.LOSE;
    if (ExecutionRows.stateOf(row) == ExecutionMachine.State.ACCEPTED && lost) {
      move(row, ExecutionMachine.State.ACCEPTED, ExecutionMachine.Event.START);
    }
  }

  private static void move(
      ExecutionRow.Builder row, ExecutionMachine.State from, ExecutionMachine.Event event) {
    ExecutionMachine.State to = ExecutionMachine.TABLE.move(from, event);
    row.getExecutionBuilder().setState(ExecutionRows.wire(to));
  }

  private static void gotOn(
      ExecutionChange change, ExecutionRow.Builder row, ExecutionMachine.State before) {
    boolean runs = ExecutionRows.stateOf(row) == ExecutionMachine.State.RUNNING;
    boolean starts = runs && before != ExecutionMachine.State.RUNNING;
    if (starts) {
      ExecutionTimers.started(change, row);
    }
    if (runs) {
      ExecutionTimers.gotOn(change, row);
    }
    change.line.park(row, waitsLong(row.getExecution().getWaitsFor()));
    if (starts || before == ExecutionMachine.State.GRANTED || (runs && row.getStepUntilMs() != 0)) {
      change.watch(row);
    }
  }

  /** Passes on to the job that asked for it how often the device has crashed. */
  static void crashes(ExecutionChange change, int crashes) {
    StoredRows.find(
            change.own, ExecutionRows.EXECUTION + change.head.getWatched(), ExecutionRow.parser())
        .ifPresent(
            row -> {
              HealthSeen seen =
                  HealthSeen.newBuilder().setTarget(row.getTarget()).setCrashes(crashes).build();
              change.step.send(
                  MachineKeys.JOB,
                  MachineKeys.of(change.tenant(), row.getExecution().getJob()),
                  JobEnvelope.newBuilder().setHealth(seen).build().toByteArray());
            });
  }

  private static boolean waitsLong(WaitReason reason) {
    return switch (reason) {
      case WAITS_FOR_WINDOW,
          WAITS_FOR_IDLE,
          WAITS_FOR_MAINS,
          WAITS_FOR_UNMETERED,
          WAITS_FOR_OWNER,
          WAITS_FOR_CLOCK ->
          true;
      case WAITS_FOR_OTHERS, WAIT_REASON_UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }

  private static void copy(
      ExecutionChange change, Execution.Builder execution, ExecutionReport report) {
    execution.setError(report.getError()).setInstall(report.getInstall());
    execution.setProgressPermille(report.getProgressPermille());
    execution.setWaitsFor(report.getWaitsFor());
    if (report.getFieldsCount() > 0) {
      execution.clearFields().addAllFields(report.getFieldsList());
    }
    if (report.hasMeasures()) {
      execution.setMeasures(report.getMeasures());
    }
    if (!report.getRecord().isEmpty()) {
      execution.setRecord(report.getRecord());
    }
    if (report.hasInstalled()) {
      execution.setInstalled(report.getInstalled());
    }
    if (report.getState() == ExecutionState.RUNNING && execution.getStartedMs() == 0) {
      execution.setStartedMs(change.nowMs);
    }
  }

  private static Optional<ExecutionMachine.Event> event(ExecutionState reported) {
    return switch (reported) {
      case ACCEPTED -> Optional.of(ExecutionMachine.Event.ACCEPT);
      case RUNNING -> Optional.of(ExecutionMachine.Event.START);
      case SUCCEEDED -> Optional.of(ExecutionMachine.Event.SUCCEED);
      case FAILED -> Optional.of(ExecutionMachine.Event.FAIL);
      case REJECTED -> Optional.of(ExecutionMachine.Event.REJECT);
      case OUTCOME_UNKNOWN -> Optional.of(ExecutionMachine.Event.LOSE);
      case CANCELLED -> Optional.of(ExecutionMachine.Event.STOP);
      default -> Optional.empty();
    };
  }
}
