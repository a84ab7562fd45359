package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import dev.drover.release.ReleaseManifest;
import dev.drover.release.Requirements;
import dev.drover.v1.AuditEntry;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.v1.InstallTask;
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

  /** A hub that gives a device so many executions at a time. */
  static FleetParts.Pace places(int perDevice) {
    return new FleetParts.Pace(SimWorld.CONCURRENCY, 0, perDevice, 500);
  }

  /** A job that installs a release, which the world has from now on. */
  static JobSpec.Builder install(SimWorld world) {
    world.publish(
        new ReleaseManifest(
            "r", "1", 1, "", 0, List.of(), new Requirements("", 0, 0), List.of(), List.of()));
    InstallTask install =
        InstallTask.newBuilder().setManifestSha256(ByteString.copyFrom(new byte[32])).build();
    return spec("install").setTask(Task.newBuilder().setInstall(install));
  }

  /** Returns how many devices have started work, as they themselves know it. */
  static long started(SimWorld world) {
    return world.devices.values().stream().filter(device -> !device.starts.isEmpty()).count();
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
