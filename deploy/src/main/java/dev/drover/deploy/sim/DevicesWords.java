package dev.drover.deploy.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.EventEnvelope;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.wire.ErrorCode;
import java.util.HashSet;
import java.util.Set;

/** What devices said of attempts, noted where it left them. */
final class DevicesWords {
  private final Set<String> said = new HashSet<>();

  /** Notes what a device publishes. */
  void said(String device, byte[] payload) {
    try {
      DeviceEvent event = DeviceEvent.parseFrom(EventEnvelope.parseFrom(payload).getEvent());
      if (event.hasReport()) {
        note(device, event.getReport());
        event.getMoreList().forEach(report -> note(device, report));
      }
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalStateException("A device published what does not parse", broken);
    }
  }

  private void note(String device, ExecutionReport report) {
    said.add(key(device, report.getExecution(), report.getAttempt(), report.getState()));
  }

  /**
   * Returns whether the hub has an execution's state from the device, of this attempt, or can have
   * it without. Success of an earlier attempt, heard of too late, ends the next one too.
   */
  boolean bear(String device, Execution execution) {
    if (!isDevices(execution)) {
      return true;
    }
    int first = execution.getState() == ExecutionState.SUCCEEDED ? 1 : execution.getAttempt();
    for (int attempt = first; attempt <= execution.getAttempt(); attempt++) {
      if (said.contains(key(device, execution.getExecution(), attempt, execution.getState()))) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether only a device can say so. */
  private static boolean isDevices(Execution execution) {
    return switch (execution.getState()) {
      case RUNNING, SUCCEEDED, FAILED -> true;
      case REJECTED -> execution.getError() == ErrorCode.LEASE_EXPIRED.number();
      default -> false;
    };
  }

  private static String key(String device, String execution, int attempt, ExecutionState state) {
    return device + "|" + execution + "/" + attempt + " " + state;
  }
}
