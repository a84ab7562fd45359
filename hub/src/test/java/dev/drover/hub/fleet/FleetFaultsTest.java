package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.HubAction;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.RefusedReports;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetFaultsTest extends FleetFixture {
  @Test
  void deviceThatLosesItsStore_endsWhatItHadStarted_asUnknown() {
    try (SimWorld world = world(14, 0, 1)) {
      SimDevice device = world.devices.get("cam-0");
      device.work((id, n) -> ends(ExecutionState.RUNNING));
      Job job = create(world, spec("lost"));
      world.run(5000);
      assertEquals(ExecutionState.RUNNING, executions(world, job.getJob()).get(0).getState());

      device.disconnect();
      device.wipe(4711);
      device.connect();
      world.run(5000);
      assertEquals(
          ExecutionState.OUTCOME_UNKNOWN, executions(world, job.getJob()).get(0).getState());
      assertEquals(JobState.JOB_FAILED, world.job(job.getJob()).getState());

      device.work((id, n) -> ends(ExecutionState.SUCCEEDED));
      Job next = create(world, spec("next"));
      world.run(5000);
      assertEquals(JobState.JOB_SUCCEEDED, world.job(next.getJob()).getState());
      assertEquals(2, device.mark().getHubEpoch());
    }
  }

  @Test
  void reportsOfWhatWasNotGranted_ofOtherAttempts_andOutOfOrder_areCountedAndChangeNothing() {
    try (SimWorld world = world(26, 0, 1)) {
      SimDevice device = world.devices.get("cam-0");
      device.work((id, attempt) -> ends(ExecutionState.RUNNING));
      Job job = create(world, spec("patient"));
      assertTrue(
          world.runUntil(
              MINUTE_MS,
              () -> executions(world, job.getJob()).get(0).getState() == ExecutionState.RUNNING));
      String id = executions(world, job.getJob()).get(0).getExecution();
      device.report(ends(ExecutionState.SUCCEEDED).setExecution("j9-1").setAttempt(1));
      device.report(ends(ExecutionState.SUCCEEDED).setExecution(id).setAttempt(2));
      device.report(ends(ExecutionState.GRANTED).setExecution(id).setAttempt(1));
      device.report(ends(ExecutionState.ACCEPTED).setExecution(id).setAttempt(1));
      world.run(MINUTE_MS);
      RefusedReports refused = world.fleet().devices().get("cam-0").getRefusedReports();
      assertEquals(1, refused.getNotGranted());
      assertEquals(1, refused.getOtherAttempt());
      assertEquals(2, refused.getOutOfOrder());
      assertEquals(ExecutionState.RUNNING, executions(world, job.getJob()).get(0).getState());
      assertEquals(JobState.JOB_RUNNING, world.job(job.getJob()).getState());

      device.report(ends(ExecutionState.SUCCEEDED).setExecution(id).setAttempt(1));
      assertTrue(world.runUntil(MINUTE_MS, () -> ended(world, job.getJob())));
      assertEquals(JobState.JOB_SUCCEEDED, world.job(job.getJob()).getState());
    }
  }

  @Test
  void deviceThatStaysAway_isUnreachable_andTheJobExpires() {
    try (SimWorld world = world(15, 0, 2)) {
      world.devices.get("cam-1").disconnect();
      Job job = create(world, spec("late").setDeadlineSeconds(120));
      assertTrue(world.runUntil(5 * MINUTE_MS, () -> ended(world, job.getJob())));
      Job expired = world.job(job.getJob());
      assertEquals(JobState.JOB_EXPIRED, expired.getState());
      assertTrue(expired.getCause().contains("1 of 2"), expired.getCause());
      world.run(MINUTE_MS);
      assertEquals(
          List.of(ExecutionState.SUCCEEDED, ExecutionState.UNREACHABLE),
          executions(world, job.getJob()).stream().map(Execution::getState).sorted().toList());

      world.devices.get("cam-1").connect();
      world.run(MINUTE_MS);
      assertTrue(world.devices.get("cam-1").starts.isEmpty(), "nothing starts after the deadline");
    }
  }

  @Test
  void leaseThatRunsOut_endsBeforeTheDeadline() {
    try (SimWorld world = world(16, 0, 1)) {
      world.devices.get("cam-0").disconnect();
      Job job = create(world, spec("lease").setLeaseSeconds(60));
      assertTrue(world.runUntil(5 * MINUTE_MS, () -> ended(world, job.getJob())));
      assertEquals(JobState.JOB_FAILED, world.job(job.getJob()).getState());
      Execution execution = executions(world, job.getJob()).get(0);
      assertEquals(ExecutionState.UNREACHABLE, execution.getState());
      assertEquals(ErrorCode.LEASE_EXPIRED.number(), execution.getError());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24})
  void hubThatIsKilled_goesOnWhereItWas(long seed) {
    try (SimWorld world = world(seed, 0.1, 8)) {
      Job job =
          create(
              world,
              spec("crash")
                  .setConcurrency(3)
                  .addGroups(GroupSpec.newBuilder().setCount(4))
                  .addGroups(GroupSpec.getDefaultInstance()));
      for (int i = 0; i < 5; i++) {
        world.run(2000);
        world.restart();
        world
            .devices
            .values()
            .forEach(
                d -> {
                  d.disconnect();
                  d.connect();
                });
      }
      assertTrue(world.runUntil(20 * MINUTE_MS, () -> ended(world, job.getJob())));
      assertEquals(JobState.JOB_SUCCEEDED, world.job(job.getJob()).getState());
      nothingTwice(world);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void hubRestoredFromABackup_raisesTheEpoch_andNumbersAnew(boolean declared) throws Exception {
    try (SimWorld world = world(30, 0, 3)) {
      create(world, spec("before"));
      world.run(MINUTE_MS);
      var backup = Backups.copy(world.disk);
      Job lost = create(world, spec("lost"));
      world.run(MINUTE_MS);
      assertEquals(JobState.JOB_SUCCEEDED, world.job(lost.getJob()).getState());

      world.restore(backup, declared);
      world
          .devices
          .values()
          .forEach(
              d -> {
                d.disconnect();
                d.connect();
              });
      world.run(2 * MINUTE_MS);
      assertEquals(2, world.fleet().registry().hubEpoch());
      Job after = create(world, spec("after"));
      assertNotEquals(
          lost.getJob(), after.getJob(), "numbers of forgotten jobs are not used again");
      assertTrue(world.runUntil(10 * MINUTE_MS, () -> ended(world, after.getJob())));
      assertEquals(JobState.JOB_SUCCEEDED, world.job(after.getJob()).getState());
      world.devices.values().forEach(d -> assertEquals(2, d.mark().getHubEpoch()));
      nothingTwice(world);
      assertTrue(logged(world).contains(HubAction.HUB_EPOCH_RAISED));
    }
  }

  @Test
  void revokedDevice_isCut_andItsExecutionsEnd() throws Exception {
    try (SimWorld world = world(31, 0, 2)) {
      world.devices.values().forEach(d -> d.work((id, n) -> ends(ExecutionState.RUNNING)));
      Job job = create(world, spec("revoked"));
      world.run(5000);
      Device revoked = world.finish(world.fleet().devices().revoke("cam-0", "anna"));
      assertEquals(DeviceState.REVOKED, revoked.getState());
      world.run(5000);
      assertEquals(2, world.link.cut.size());
      assertTrue(world.revoked.contains("a0"));
      assertTrue(world.fleet().registry().isRevoked("b0"));
      assertEquals(1, world.job(job.getJob()).getGroups(0).getUnknown());
      assertTrue(world.fleet().devices().credentials("cam-0").isEmpty());
      assertTrue(logged(world).contains(HubAction.DEVICE_REVOKED));
      world.devices.get("cam-0").connect();
      world.run(5000);
      assertTrue(world.fleet().statistics().refused().containsKey(ErrorCode.CERTIFICATE_REVOKED));
    }
  }
}
