package dev.drover.hub.core;

import dev.drover.hub.v1.DevicePhase;
import dev.drover.hub.v1.DeviceRow;
import dev.drover.hub.v1.DeviceSeen;
import dev.drover.machine.RowReader;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import java.util.Optional;

/** Reads the rows of a {@link DeviceMachine} for those who show or check them. Pure. */
public final class DeviceRows {
  static final String ROW = "device";
  static final String SEEN = "seen";
  static final String CONFIG = "config";

  private DeviceRows() {}

  /** Returns the identity of a device, if it was ever invited. */
  public static Optional<DeviceRow> row(RowReader rows) {
    return StoredRows.find(rows, ROW, DeviceRow.parser());
  }

  /** Returns what a device said last; the default where it never said anything. */
  public static DeviceSeen seen(RowReader rows) {
    return StoredRows.get(rows, SEEN, DeviceSeen.parser(), DeviceSeen.getDefaultInstance());
  }

  /**
   * Returns a device as operators see it, if it was ever invited; without the names of its release
   * and model, which the catalogue knows.
   */
  public static Optional<Device> device(RowReader rows) {
    Optional<DeviceRow> found = row(rows);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    DeviceRow row = found.get();
    DeviceSeen seen = seen(rows);
    Device.Builder device =
        Device.newBuilder()
            .setDevice(MachineKeys.name(rows.key()))
            .setState(state(row.getPhase()))
            .putAllLabels(row.getLabelsMap())
            .setLastSeenMs(seen.getLastSeenMs())
            .setEnrolledMs(row.getEnrolledMs())
            .setCertificateExpiresMs(row.getCredentials().getExpiresMs())
            .setCertificateSerial(row.getCredentials().getSerial())
            .setIncarnation(row.getIncarnation())
            .setClockSkewMs(seen.getClockSkewMs())
            .setRecentFailures(seen.getFailures())
            .setRecentFailuresMs(seen.getFailuresMs())
            .setNotUnderstoodError(seen.getUntakenError())
            .setNotUnderstoodMs(seen.getUntakenMs());
    if (seen.hasHello()) {
      device.setHello(seen.getHello());
    }
    if (seen.hasHealth()) {
      device.setHealth(seen.getHealth());
    }
    if (seen.hasInstalled()) {
      device.setInstalled(seen.getInstalled());
    }
    if (seen.hasAcked()) {
      device.setAcked(seen.getAcked());
    }
    DeviceConfigs.show(DeviceConfigs.row(rows), device);
    return Optional.of(device.build());
  }

  static DeviceMachine.State stateOf(DevicePhase phase) {
    return switch (phase) {
      case DEVICE_INVITED -> DeviceMachine.State.INVITED;
      case DEVICE_ENROLLED_PHASE -> DeviceMachine.State.ENROLLED;
      case DEVICE_ONLINE -> DeviceMachine.State.ONLINE;
      case DEVICE_OFFLINE -> DeviceMachine.State.OFFLINE;
      case DEVICE_REVOKED_PHASE -> DeviceMachine.State.REVOKED;
      default -> DeviceMachine.State.UNKNOWN;
    };
  }

  static DevicePhase phaseOf(DeviceMachine.State state) {
    return switch (state) {
      case UNKNOWN -> DevicePhase.DEVICE_PHASE_UNSPECIFIED;
      case INVITED -> DevicePhase.DEVICE_INVITED;
      case ENROLLED -> DevicePhase.DEVICE_ENROLLED_PHASE;
      case ONLINE -> DevicePhase.DEVICE_ONLINE;
      case OFFLINE -> DevicePhase.DEVICE_OFFLINE;
      case REVOKED -> DevicePhase.DEVICE_REVOKED_PHASE;
    };
  }

  private static DeviceState state(DevicePhase phase) {
    return switch (stateOf(phase)) {
      case UNKNOWN -> DeviceState.DEVICE_STATE_UNSPECIFIED;
      case INVITED -> DeviceState.INVITED;
      case ENROLLED -> DeviceState.ENROLLED;
      case ONLINE -> DeviceState.ONLINE;
      case OFFLINE -> DeviceState.OFFLINE;
      case REVOKED -> DeviceState.REVOKED;
    };
  }
}
