package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.v1.AuditEntry;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.JobStates;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Jobs on a simulated hub with simulated devices. */
abstract class FleetFixture {
  static final long MINUTE_MS = 60_000;

  static JobSpec.Builder spec(String name) {
    return JobSpec.newBuilder()
        .setName(name)
        .setDeadlineSeconds(3600)
        .setTask(Task.newBuilder().setTool(ToolTask.newBuilder().setTool("device.status")));
  }

  static Job create(SimWorld world, JobSpec.Builder spec) {
    return world.finish(world.fleet().jobs().create(spec.build(), "anna"));
  }

  static boolean ended(SimWorld world, String job) {
    return JobStates.isTerminal(world.job(job).getState());
  }

  static List<Execution> executions(SimWorld world, String job) {
    return world.fleet().jobs().executions(job, 1000, "").getExecutionsList();
  }

  static SimWorld world(long seed, double faults, int devices) {
    return peopled(new SimWorld(seed, faults), devices);
  }

  /** Has so many devices enrol and say Hello. */
  static SimWorld peopled(SimWorld world, int devices) {
    for (int i = 0; i < devices; i++) {
      world.add("cam-" + i, i % 2 == 0 ? "even" : "odd");
    }
    world.runUntil(
        10 * MINUTE_MS,
        () ->
            world.devices.keySet().stream()
                .allMatch(d -> world.fleet().devices().get(d).hasHello()));
    return world;
  }

  static ExecutionReport.Builder ends(ExecutionState state) {
    return ExecutionReport.newBuilder().setState(state);
  }

  static void nothingTwice(SimWorld world) {
    for (SimDevice device : world.devices.values()) {
      device.starts.forEach((id, times) -> assertEquals(1, times, device.name + " " + id));
    }
  }

  static List<HubAction> logged(SimWorld world) throws Exception {
    List<HubAction> actions = new ArrayList<>();
    for (AuditEntry entry : world.fleet().audit().entries(0, 1000)) {
      AuditLeaf leaf = AuditLeaf.parseFrom(entry.getLeaf());
      if (leaf.hasHub()) {
        actions.add(HubStatement.parseFrom(leaf.getHub().getStatement()).getAction());
      }
    }
    return actions;
  }

  static DroverException code(Runnable body) {
    CompletionException failed = assertThrows(CompletionException.class, body::run);
    return (DroverException) failed.getCause();
  }
}
