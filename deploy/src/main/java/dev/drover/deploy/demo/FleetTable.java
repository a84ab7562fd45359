package dev.drover.deploy.demo;

import dev.drover.config.DataSize;
import dev.drover.term.TextTable;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The devices as the hub knows them, with the columns of {@code device ls}. */
final class FleetTable {
  private FleetTable() {}

  /** Returns a row for each device. */
  static TextTable of(List<Device> devices) {
    TextTable table = new TextTable("DEVICE", "STATE", "MEMORY FREE", "MODEL", "LABELS");
    for (Device device : devices) {
      table.row(
          device.getDevice(),
          device.getState().name().toLowerCase(Locale.ROOT),
          memory(device),
          device.getResidentModel(),
          labels(device.getLabelsMap()));
    }
    return table;
  }

  /**
   * Requires that every device of the demo is there with its labels, free memory and this model.
   *
   * @return in words what was seen of each
   */
  static String require(List<Device> devices, String model) {
    List<String> names = devices.stream().map(Device::getDevice).sorted().toList();
    Checks.require(
        names.equals(Scene.DEVICES.stream().sorted().toList()), "The hub lists " + names + ".");
    List<String> seen = new ArrayList<>();
    for (Device device : devices) {
      String name = device.getDevice();
      Checks.require(device.getState() == DeviceState.ONLINE, name + " is " + device.getState());
      Checks.require(
          device.getLabelsMap().equals(Scene.labels(name)),
          name + " has the labels " + labels(device.getLabelsMap()) + ".");
      Checks.require(tellsMemory(device), name + " tells no free memory.");
      Checks.require(
          device.getResidentModel().equals(model),
          name + " has \"" + device.getResidentModel() + "\" resident, not " + model + ".");
      seen.add(name + " " + labels(device.getLabelsMap()) + " " + memory(device) + " free");
    }
    return model + " resident on " + String.join(", ", seen);
  }

  static boolean tellsMemory(Device device) {
    return device.getHealth().getMemoryAvailableBytes() > 0;
  }

  private static String memory(Device device) {
    return new DataSize(device.getHealth().getMemoryAvailableBytes()).forPerson();
  }

  private static String labels(Map<String, String> labels) {
    List<String> pairs = new ArrayList<>();
    new TreeMap<>(labels).forEach((key, value) -> pairs.add(key + "=" + value));
    return String.join(",", pairs);
  }
}
