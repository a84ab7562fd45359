package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.config.DesiredConfig;
import dev.drover.hub.v1.ConfigRow;
import dev.drover.hub.v1.Desire;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.Relabel;
import dev.drover.machine.RowReader;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ConfigReport;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceConfig;
import dev.drover.v1.HubAction;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.TreeMap;

/**
 * The part of a {@link DeviceMachine} that keeps what operators want of a device, and what it says
 * of that: labels, and its configuration as it is desired and as it is. Pure.
 */
final class DeviceConfigs {
  private DeviceConfigs() {}

  static void relabel(DeviceChange change, Relabel relabel) {
    change.move(DeviceMachine.Event.RELABEL);
    var before = change.row.getLabelsMap();
    TreeMap<String, String> after = new TreeMap<>(before);
    relabel.getRemoveList().forEach(after::remove);
    after.putAll(relabel.getSetMap());
    DesiredConfig.checkLabels(after);
    if (after.equals(before)) {
      return;
    }
    change.row.clearLabels().putAllLabels(after);
    state(change, HubAction.DEVICE_RELABELLED, relabel.getOperator(), relabel.getRequestSha256());
  }

  static void desire(DeviceChange change, Desire desire) {
    change.move(DeviceMachine.Event.DESIRE);
    ConfigRow row = row(change.own);
    long version = row.getDesired().getVersion();
    if (desire.getExpectedVersion() != 0 && desire.getExpectedVersion() != version) {
      throw new DroverException(
              ErrorCode.ILLEGAL_TRANSITION,
              "The desired configuration has version "
                  + version
                  + " by "
                  + (row.getSetBy().isEmpty() ? "nobody" : row.getSetBy())
                  + ", not "
                  + desire.getExpectedVersion()
                  + ".")
          .withNextStep("Look at it again: drover device config show " + change.device());
    }
    TreeMap<String, String> after = new TreeMap<>(row.getDesired().getValuesMap());
    desire.getUnsetList().forEach(after::remove);
    after.putAll(desire.getSetMap());
    DesiredConfig.check(after);
    if (after.equals(row.getDesired().getValuesMap())) {
      return;
    }
    ConfigCommand desired =
        ConfigCommand.newBuilder().setVersion(version + 1).putAllValues(after).build();
    put(
        change,
        row.toBuilder().setDesired(desired).setSetBy(desire.getOperator()).setSetMs(change.nowMs));
    send(change, desired);
    state(change, HubAction.DEVICE_CONFIGURED, desire.getOperator(), desire.getRequestSha256());
  }

  /** Takes what a device keeps when it connects; where that is not what is desired, sends that. */
  static void hello(DeviceChange change, ConfigReport report) {
    reported(change, report);
    ConfigRow row = row(change.own);
    if (row.hasDesired() && !keeps(report, row.getDesired())) {
      send(change, row.getDesired());
    }
  }

  static void reported(DeviceChange change, ConfigReport report) {
    ConfigRow row = row(change.own);
    if (!row.getReported().equals(report)) {
      put(change, row.toBuilder().setReported(report).setReportedMs(change.nowMs));
    }
  }

  private static boolean keeps(ConfigReport report, ConfigCommand desired) {
    return report.getVersion() == desired.getVersion()
        && report.getSha256().equals(DesiredConfig.sha256(desired.getValuesMap()));
  }

  private static void send(DeviceChange change, ConfigCommand desired) {
    boolean enrolled = change.row.hasCredentials();
    if (enrolled) {
      change.tell(ExecutionEnvelope.newBuilder().setConfigure(desired));
    }
  }

  private static void put(DeviceChange change, ConfigRow.Builder row) {
    change.step.put(DeviceRows.CONFIG, row.build().toByteArray());
  }

  static ConfigRow row(RowReader rows) {
    return StoredRows.get(
        rows, DeviceRows.CONFIG, ConfigRow.parser(), ConfigRow.getDefaultInstance());
  }

  /** Shows a device's configuration, where there is any. */
  static void show(ConfigRow row, Device.Builder device) {
    if (!row.hasDesired() && row.getReported().getVersion() == 0) {
      return;
    }
    ConfigCommand desired = row.getDesired();
    ConfigReport reported = row.getReported();
    boolean sync = keeps(reported, desired);
    DeviceConfig.Builder config =
        DeviceConfig.newBuilder()
            .setVersion(desired.getVersion())
            .putAllDesired(desired.getValuesMap())
            .setSetBy(row.getSetBy())
            .setSetMs(row.getSetMs())
            .setReportedVersion(reported.getVersion())
            .setReportedMs(row.getReportedMs())
            .setInSync(sync);
    List<String> keys = List.copyOf(new TreeMap<>(desired.getValuesMap()).keySet());
    for (int i = 0; sync && i < Math.min(keys.size(), reported.getStatesCount()); i++) {
      config.putStates(keys.get(i), reported.getStates(i));
    }
    device.setConfig(config);
  }

  private static void state(
      DeviceChange change, HubAction action, String operator, ByteString request) {
    Statements.send(
        change.step,
        change.tenant(),
        Statements.of(action, operator, change.device()),
        request,
        change.nowMs);
  }
}
