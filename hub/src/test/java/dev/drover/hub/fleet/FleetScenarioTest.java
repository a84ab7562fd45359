package dev.drover.hub.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Ed25519;
import dev.drover.hub.verify.AuditReport;
import dev.drover.hub.verify.AuditVerifier;
import dev.drover.tlog.Checkpoint;
import dev.drover.tlog.SignedNote;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.FieldValue;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.GroupState;
import dev.drover.v1.HubAction;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.Placement;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.Window;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetScenarioTest extends FleetFixture {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void wholeJob_overABadNetwork_runsEverywhereOnce(long seed) throws Exception {
    try (SimWorld world = world(seed, 0.2, 12)) {
      JobSpec.Builder spec =
          spec("status")
              .addGroups(
                  GroupSpec.newBuilder()
                      .setCount(2)
                      .setGate(Gate.newBuilder().setSuccessPercent(100).setSoakSeconds(20)))
              .addGroups(GroupSpec.newBuilder().setPercent(50))
              .addGroups(GroupSpec.getDefaultInstance());
      Job job = create(world, spec);

      assertTrue(world.runUntil(20 * MINUTE_MS, () -> ended(world, job.getJob())));
      Job done = world.job(job.getJob());
      assertEquals(JobState.JOB_SUCCEEDED, done.getState(), done.getCause());
      assertEquals(
          List.of(2, 6, 4), done.getGroupsList().stream().map(g -> g.getSucceeded()).toList());
      assertEquals("All 12 executions succeeded.", done.getCause());
      assertTrue(
          executions(world, job.getJob()).stream()
              .allMatch(e -> e.getState() == ExecutionState.SUCCEEDED));
      nothingTwice(world);
      assertTrue(
          world.runUntil(
              5 * MINUTE_MS,
              () -> world.devices.values().stream().allMatch(d -> d.outbox.isEmpty())));
      assertTrue(logged(world).contains(HubAction.JOB_CREATED));
      assertEquals(12, logged(world).stream().filter(a -> a == HubAction.DEVICE_ENROLLED).count());
    }
  }

  @Test
  void auditBatches_overABadNetwork_becomeLeavesInOrder_andAreSigned() throws Exception {
    try (SimWorld world = world(9, 0.25, 3)) {
      for (int i = 0; i < 10; i++) {
        world.devices.values().forEach(SimDevice::audit);
        world.run(3000);
      }
      assertTrue(
          world.runUntil(
              20 * MINUTE_MS,
              () -> world.devices.values().stream().allMatch(d -> d.auditBatchesWaiting() == 0)));
      world.run(2000);
      assertEquals(30, world.fleet().audit().head().getDeviceLeaves());
      byte[] note = world.fleet().audit().checkpoint().orElseThrow();
      Checkpoint checkpoint = Checkpoint.open(SignedNote.parse(note), world.log.verifierKey());
      assertEquals(world.fleet().audit().head().getSize(), checkpoint.size());
      AuditReport report =
          AuditVerifier.verify(
              note,
              world.log.verifierKey(),
              Ed25519.publicKey(SimWorld.SEED),
              id -> world.fleet().audit().tile(id));
      assertEquals(3, report.devices());
      assertEquals(List.of(), report.gaps());
    }
  }

  @Test
  void gateThatFails_leavesTheNextGroupAlone() {
    try (SimWorld world = world(10, 0, 6)) {
      world.devices.values().forEach(d -> d.work((id, n) -> ends(ExecutionState.FAILED)));
      Job job =
          create(
              world,
              spec("bad")
                  .addGroups(GroupSpec.newBuilder().setCount(2))
                  .addGroups(GroupSpec.getDefaultInstance()));
      world.run(MINUTE_MS);

      Job done = world.job(job.getJob());
      assertEquals(JobState.JOB_ABORTED, done.getState());
      assertEquals(GroupState.GROUP_FAILED, done.getGroups(0).getState());
      assertEquals(GroupState.GROUP_STOPPED, done.getGroups(1).getState());
      assertEquals(0, done.getGroups(1).getGranted());
      assertTrue(done.getCause().startsWith("Group 1 of 2 failed its gate: "), done.getCause());
      assertTrue(done.getCause().endsWith("Devices of later groups were not touched."));
      assertEquals(2, world.devices.values().stream().mapToInt(d -> d.starts.size()).sum());
    }
  }

  @Test
  void cancelledJob_stopsWhatRuns_andGrantsNothingMore() throws Exception {
    try (SimWorld world = world(11, 0, 6)) {
      world.devices.values().forEach(d -> d.work((id, n) -> ends(ExecutionState.RUNNING)));
      Job job = create(world, spec("long").setConcurrency(4));
      world.run(5000);
      assertEquals(4, world.job(job.getJob()).getGroups(0).getInFlight());

      Job cancelled = world.finish(world.fleet().jobs().cancel(job.getJob(), "bert"));
      assertEquals(JobState.JOB_CANCELLED, cancelled.getState());
      assertEquals("Cancelled by bert.", cancelled.getCause());
      world.run(MINUTE_MS);
      Job done = world.job(job.getJob());
      assertEquals(4, done.getGroups(0).getCancelled());
      assertEquals(0, done.getGroups(0).getInFlight());
      assertEquals(4, done.getGroups(0).getGranted());
      assertTrue(logged(world).contains(HubAction.JOB_CANCELLED_BY));
      Job again = world.finish(world.fleet().jobs().cancel(job.getJob(), "bert"));
      assertEquals(done.getVersion(), again.getVersion());
    }
  }

  @Test
  void jobThatDoesNotSay_hasTheConfiguredNumberInFlight() {
    try (SimWorld world = world(16, 0, SimWorld.CONCURRENCY + 2)) {
      world.devices.values().forEach(d -> d.work((id, n) -> ends(ExecutionState.RUNNING)));
      Job job = create(world, spec("silent"));
      world.run(5000);
      assertEquals(SimWorld.CONCURRENCY, world.job(job.getJob()).getGroups(0).getInFlight());
    }
  }

  @Test
  void toolResult_hasTheNamesOfItsFields() {
    try (SimWorld world = world(17, 0, 1)) {
      FieldValue memory = FieldValue.newBuilder().setProperty(3).setNumber(77).build();
      FieldValue newer = FieldValue.newBuilder().setProperty(9).setFlag(true).build();
      world
          .devices
          .values()
          .forEach(
              d ->
                  d.work(
                      (id, n) ->
                          ends(ExecutionState.SUCCEEDED).addFields(memory).addFields(newer)));
      Job job = create(world, spec("status"));
      assertTrue(world.runUntil(MINUTE_MS, () -> ended(world, job.getJob())));
      assertEquals(
          Map.of("memory_available_bytes", "77", "field-9", "true"),
          executions(world, job.getJob()).get(0).getAnswerMap());
    }
  }

  @Test
  void failedAttempts_areRetried_upToTheNumberAllowed() {
    try (SimWorld world = world(12, 0, 3)) {
      world
          .devices
          .values()
          .forEach(
              d ->
                  d.work(
                      (id, attempt) ->
                          ends(
                              attempt < 3 || d.name.equals("cam-2")
                                  ? ExecutionState.FAILED
                                  : ExecutionState.SUCCEEDED)));
      RetrySpec retry = RetrySpec.newBuilder().setAttempts(3).setBackoffSeconds(30).build();
      Job job = create(world, spec("flaky").setRetry(retry));
      world.run(10_000);
      assertTrue(
          world.job(job.getJob()).getCause().contains("3 wait for their next attempt"),
          world.job(job.getJob()).getCause());
      assertTrue(world.runUntil(10 * MINUTE_MS, () -> ended(world, job.getJob())));

      Job done = world.job(job.getJob());
      assertEquals(JobState.JOB_SUCCEEDED_WITH_FAILURES, done.getState());
      assertEquals(2, done.getGroups(0).getSucceeded());
      assertEquals(1, done.getGroups(0).getFailed());
      assertTrue(executions(world, job.getJob()).stream().allMatch(e -> e.getAttempt() == 3));
      nothingTwice(world);
    }
  }

  @Test
  void refusalThatCannotChange_isNotRetried() {
    try (SimWorld world = world(13, 0, 1)) {
      world
          .devices
          .values()
          .forEach(
              d ->
                  d.work(
                      (id, n) ->
                          ends(ExecutionState.REJECTED)
                              .setError(ErrorCode.POLICY_DENIED.number())));
      Job job = create(world, spec("denied").setRetry(RetrySpec.newBuilder().setAttempts(5)));
      world.run(MINUTE_MS);
      assertEquals(JobState.JOB_FAILED, world.job(job.getJob()).getState());
      Execution execution = executions(world, job.getJob()).get(0);
      assertEquals(1, execution.getAttempt());
      assertEquals(ErrorCode.POLICY_DENIED.number(), execution.getError());
    }
  }

  @Test
  void placement_any_choosesTheBest_andPlanChangesNothing() {
    try (SimWorld world = world(32, 0, 4)) {
      JobSpec.Builder spec =
          spec("one").setSelector("group=odd").setPlacement(Placement.newBuilder().setAny(1));
      assertEquals("cam-1", world.fleet().jobs().plan(spec.build()).getChoices(0).getDevice());
      assertEquals(0, world.fleet().jobs().list(10, "").getJobsCount());
      Job job = create(world, spec);
      world.run(5000);
      assertEquals(1, world.job(job.getJob()).getPlan().getChoicesCount());
      assertEquals("cam-1", executions(world, job.getJob()).get(0).getDevice());
    }
  }

  @Test
  void idempotencyKey_givesTheSameJob() {
    try (SimWorld world = world(33, 0, 1)) {
      JobSpec.Builder spec = spec("once").setIdempotencyKey("k-1");
      Job first = create(world, spec);
      Job second = create(world, spec);
      assertEquals(first.getJob(), second.getJob());
      JobSpec.Builder later = spec("later").setIdempotencyKey("k-2").setStartInSeconds(60);
      Job waiting = create(world, later);
      world.run(2000);
      Job asked = create(world, later);
      assertEquals(waiting.getJob(), asked.getJob());
      assertEquals(waiting.getSpec().getStartMs(), asked.getSpec().getStartMs());
      assertTrue(asked.getSpec().getStartMs() > 0 && asked.getSpec().getStartInSeconds() == 0);
      assertEquals(2, world.fleet().jobs().list(10, "").getJobsCount());
      DroverException other = code(() -> create(world, spec("other").setIdempotencyKey("k-1")));
      assertEquals(ErrorCode.ALREADY_EXISTS, other.code());
    }
  }

  /** Whoever asks again did not hear the answer; a refusal would make them ask for another job. */
  @Test
  void idempotencyKey_givesTheJob_alsoWhenItsWindowIsOver() {
    try (SimWorld world = world(38, 0, 1)) {
      ZonedDateTime opens =
          Instant.ofEpochMilli(world.nowMs()).atZone(ZoneOffset.UTC).plusMinutes(5);
      Window window =
          Window.newBuilder()
              .setCron(opens.getMinute() + " " + opens.getHour() + " * * *")
              .setDurationMinutes(15)
              .setZone("UTC")
              .build();
      JobSpec.Builder spec = spec("once").addWindows(window).setLeaseSeconds(1800);
      Job first = create(world, spec.setIdempotencyKey("k-1"));
      world.run(40 * MINUTE_MS);
      assertEquals(first.getJob(), create(world, spec).getJob());
      DroverException late = code(() -> create(world, spec.setIdempotencyKey("k-2")));
      assertEquals(ErrorCode.INVALID_ARGUMENT, late.code());
    }
  }

  @Test
  void badJobs_areRefusedWithACode() {
    try (SimWorld world = world(34, 0, 1)) {
      assertEquals(
          ErrorCode.NO_DEVICE_MATCHES,
          code(() -> create(world, spec("none").setSelector("site=moon"))).code());
      assertEquals(
          ErrorCode.SELECTOR_INVALID, code(() -> create(world, spec("x").setSelector("="))).code());
      assertEquals(
          ErrorCode.NOT_FOUND, code(() -> create(world, spec("x").addDevices("nobody"))).code());
      assertEquals(
          ErrorCode.NOT_FOUND,
          assertThrows(DroverException.class, () -> world.fleet().jobs().get("j99")).code());
    }
  }
}
