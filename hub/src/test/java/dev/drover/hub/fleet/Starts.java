package dev.drover.hub.fleet;

import dev.drover.v1.ExecutionState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What devices start, in order; what was started ends when a test says so. */
final class Starts {
  private record Attempt(String execution, int number) {
    String job() {
      return execution.substring(0, execution.lastIndexOf('-'));
    }
  }

  private final SimWorld world;
  private final Map<String, List<Attempt>> started = new LinkedHashMap<>();
  private final Map<String, List<Attempt>> open = new LinkedHashMap<>();

  /** Takes over what the devices of a world do. */
  Starts(SimWorld world) {
    this.world = world;
    world.devices.values().forEach(this::watch);
  }

  private void watch(SimDevice device) {
    started.put(device.name, new ArrayList<>());
    open.put(device.name, new ArrayList<>());
    device.work(
        (execution, attempt) -> {
          Attempt one = new Attempt(execution, attempt);
          started.getOrDefault(device.name, List.of()).add(one);
          open.getOrDefault(device.name, List.of()).add(one);
          return FleetFixture.ends(ExecutionState.RUNNING);
        });
  }

  /** Returns the jobs of which a device started something, in order. */
  List<String> jobs(String device) {
    return started.getOrDefault(device, List.of()).stream().map(Attempt::job).toList();
  }

  /** Returns how often anything was started. */
  int count() {
    return started.values().stream().mapToInt(List::size).sum();
  }

  /** Returns the devices on which something runs, in the order in which they enrolled. */
  List<String> running() {
    return open.keySet().stream().filter(device -> running(device) > 0).toList();
  }

  int running(String device) {
    return open.getOrDefault(device, List.of()).size();
  }

  /** Ends what runs on a device for longest, and lets the hub hear of it. */
  void end(String device, ExecutionState state) {
    Attempt one = open.getOrDefault(device, List.of()).remove(0);
    world
        .devices
        .get(device)
        .report(FleetFixture.ends(state).setExecution(one.execution()).setAttempt(one.number()));
    world.run(5000);
  }

  /** Ends what runs for longest on every device. */
  void endEach(ExecutionState state) {
    running().forEach(device -> end(device, state));
  }
}
