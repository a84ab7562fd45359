package dev.drover.hub.core;

import dev.drover.hub.v1.Connected;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.DeviceRow;
import dev.drover.hub.v1.DeviceSeen;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.SilenceCheck;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** One step of a {@link DeviceMachine} in the making. Used once, by one thread. */
final class DeviceChange {
  private static final String SILENCE_TIMER = "silence";
  private static final int PAST_LIVES_MAX = 64;

  final RowReader own;
  final long nowMs;
  final DeviceRow.Builder row;
  final DeviceSeen.Builder seen;
  final Step.Builder step = Step.builder();

  private final String key;
  private final DeviceRow rowBefore;
  private final DeviceSeen seenBefore;

  DeviceChange(RowReader own, long nowMs) {
    this.own = own;
    this.key = own.key();
    this.nowMs = nowMs;
    this.rowBefore = DeviceRows.row(own).orElse(DeviceRow.getDefaultInstance());
    this.seenBefore = DeviceRows.seen(own);
    this.row = rowBefore.toBuilder();
    this.seen = seenBefore.toBuilder();
  }

  String key() {
    return key;
  }

  String tenant() {
    return MachineKeys.tenant(key);
  }

  String device() {
    return MachineKeys.name(key);
  }

  DeviceMachine.State state() {
    return DeviceRows.stateOf(row.getPhase());
  }

  /** Moves to the one state that the table names. */
  void move(DeviceMachine.Event event) {
    become(DeviceMachine.TABLE.move(state(), event));
  }

  /** Moves to the chosen state, if the table allows it. */
  void move(DeviceMachine.Event event, DeviceMachine.State to) {
    become(DeviceMachine.TABLE.move(state(), event, to));
  }

  private void become(DeviceMachine.State to) {
    boolean was = state() == DeviceMachine.State.ONLINE;
    boolean is = to == DeviceMachine.State.ONLINE;
    row.setPhase(DeviceRows.phaseOf(to));
    if (was != is) {
      tell(ExecutionEnvelope.newBuilder().setConnected(Connected.newBuilder().setOnline(is)));
    }
    if (is && !was) {
      seen.setLastSeenMs(nowMs);
      watchSilence();
    }
  }

  void watchSilence() {
    step.timer(
        SILENCE_TIMER,
        seen.getLastSeenMs() + DeviceMachine.SILENCE_MS,
        DeviceEnvelope.newBuilder()
            .setSilence(SilenceCheck.getDefaultInstance())
            .build()
            .toByteArray());
  }

  /** Begins a new life of the device's store: numbers start again, the old one is remembered. */
  void beginLife(long incarnation) {
    if (row.getIncarnation() != 0) {
      List<Long> past = new ArrayList<>();
      past.add(row.getIncarnation());
      past.addAll(row.getPastIncarnationsList());
      row.clearPastIncarnations();
      row.addAllPastIncarnations(past.subList(0, Math.min(past.size(), PAST_LIVES_MAX)));
    }
    row.setIncarnation(incarnation);
    seen.setEventSeq(0)
        .setLooseTimeMs(0)
        .setGapSinceMs(0)
        .setGapSeq(0)
        .setGapSeenMs(0)
        .setTakeGap(false);
    seen.clearAcked();
  }

  /** Sends an event to the device's executions. */
  void tell(ExecutionEnvelope.Builder event) {
    step.send(MachineKeys.EXECUTION, key, event.build().toByteArray());
  }

  /** Ends the step with a refusal that is counted and changes nothing; what is owed stays so. */
  Step refused(ErrorCode code, String message) {
    DeviceSeen counted = seenBefore.toBuilder().setRefused(seenBefore.getRefused() + 1).build();
    return step.put(DeviceRows.SEEN, counted.toByteArray()).refuse(code, message).build();
  }

  /** Ends the step and writes the rows that changed. */
  Step done() {
    DeviceRow rowAfter = row.build();
    if (!rowAfter.equals(rowBefore)) {
      step.put(DeviceRows.ROW, rowAfter.toByteArray());
    }
    DeviceSeen seenAfter = seen.build();
    if (!seenAfter.equals(seenBefore)) {
      step.put(DeviceRows.SEEN, seenAfter.toByteArray());
    }
    return step.build();
  }
}
