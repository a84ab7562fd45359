package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.GroupState;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JobMachineTest extends JobFixture {
  @ParameterizedTest
  @EnumSource
  void everyPair_doesWhatTheTableSays(JobMachine.State from) {
    for (JobMachine.Event event : JobMachine.Event.values()) {
      JobMachineTest fresh = new JobMachineTest();
      fresh.bring(from);
      String pair = from + " " + event;
      if (JobMachine.TABLE.allows(from, event)) {
        if (from == JobMachine.State.SCHEDULED && event == JobMachine.Event.TARGETS_COMPLETE) {
          fresh.send(page(0, 1, 2), NOW);
        }
        if (event == JobMachine.Event.START) {
          fresh = new JobMachineTest();
          fresh.run(spec().setStartMs(NOW + 1), 2);
        }
        JobMachineTest tested = fresh;
        if (event == JobMachine.Event.ADD_LATE) {
          DroverException snapshot =
              assertThrows(DroverException.class, () -> tested.send(tested.of(event), NOW), pair);
          assertEquals(ErrorCode.INVALID_ARGUMENT, snapshot.code(), pair);
          continue;
        }
        fresh.send(fresh.of(event), NOW);
        JobMachine.State to = fresh.state();
        boolean allowed =
            JobMachine.TABLE.rows().stream()
                .filter(row -> row.from() == from && row.event() == event)
                .anyMatch(row -> row.to().contains(to));
        assertTrue(allowed, pair + " " + to);
      } else if (isAsked(event)) {
        JobMachineTest tested = fresh;
        DroverException refused =
            assertThrows(DroverException.class, () -> tested.send(tested.of(event), NOW), pair);
        assertEquals(ErrorCode.ILLEGAL_TRANSITION, refused.code(), pair);
        assertEquals(from, fresh.state(), pair);
      } else {
        fresh.changesNothing(event);
        assertEquals(from, fresh.state(), pair);
      }
    }
  }

  private void changesNothing(JobMachine.Event event) {
    Job before = job();
    try {
      send(of(event), NOW);
    } catch (DroverException refused) {
      assertTrue(
          refused.code() == ErrorCode.ILLEGAL_TRANSITION
              || refused.code() == ErrorCode.INVALID_ARGUMENT,
          refused.code().name());
    }
    assertEquals(before, job());
  }

  @Test
  void targets_areAddedInPages_once_andCheckedForCompleteness() {
    send(creation(spec(), 700), NOW);
    assertThrows(DroverException.class, () -> send(page(1, 501, 200), NOW));
    send(page(0, 1, 500), NOW);
    send(page(0, 1, 500), NOW);
    DroverException early = assertThrows(DroverException.class, () -> send(complete(), NOW));
    assertEquals(ErrorCode.INVALID_ARGUMENT, early.code());
    assertThrows(DroverException.class, () -> send(page(1, 501, 201), NOW));
    send(page(1, 501, 200), NOW);
    send(complete(), NOW);
    send(complete(), NOW);
    assertEquals(700, group(0).getTargets());
    assertEquals(100, group(0).getInFlight());
    assertEquals(List.of("cam-1", "cam-2"), devices(1, 2));
    assertFalse(rows.timers.containsKey("build"));
  }

  private static JobEnvelope.Builder ofList(JobEnvelope.Builder event, String list) {
    ByteString sha256 = ByteString.copyFromUtf8(list);
    if (event.hasCreate()) {
      event.getCreateBuilder().setTargetsSha256(sha256);
    } else {
      event.getAddTargetsBuilder().setTargetsSha256(sha256);
    }
    return event;
  }

  @Test
  void creation_againWithAnotherList_takesTheFirstListBack_pageByPage() {
    send(ofList(creation(spec(), 1100), "a"), NOW);
    send(ofList(page(0, 1, 500), "a"), NOW);
    send(ofList(page(1, 501, 500), "a"), NOW);
    send(ofList(creation(spec(), 1100), "a"), NOW);
    assertEquals(1000, JobRows.targets(rows, 1, 2000).size());
    send(ofList(creation(spec(), 600), "b"), NOW);
    assertEquals(500, JobRows.targets(rows, 1, 2000).size());
    send(ofList(creation(spec(), 600), "b"), NOW);
    assertEquals(0, JobRows.targets(rows, 1, 2000).size());
    send(ofList(creation(spec(), 600), "b"), NOW + 1000);
    assertEquals(NOW + 1000 + JobMachine.BUILD_MS, rows.timers.get("build"));
    DroverException old =
        assertThrows(DroverException.class, () -> send(ofList(page(0, 1, 500), "a"), NOW));
    assertEquals(ErrorCode.ILLEGAL_TRANSITION, old.code());
    send(ofList(page(0, 1001, 500), "b"), NOW);
    send(ofList(page(1, 1501, 100), "b"), NOW);
    send(complete(), NOW);
    assertEquals(600, group(0).getTargets());
    assertEquals(List.of("cam-1001", "cam-1002"), devices(1, 2));
    assertEquals(1, statements.size(), "created once");
  }

  @Test
  void creation_again_isTheSameJob_butAnotherRequestIsNot() {
    send(creation(spec(), 2), NOW);
    long version = job().getVersion();
    send(creation(spec(), 2), NOW);
    assertEquals(version, job().getVersion());
    JobEnvelope.Builder other = creation(spec(), 2);
    other.getCreateBuilder().setRequestSha256(ByteString.copyFromUtf8("s"));
    DroverException refused = assertThrows(DroverException.class, () -> send(other, NOW));
    assertEquals(ErrorCode.ALREADY_EXISTS, refused.code());
    assertEquals(1, JobRows.job(rows, true).orElseThrow().getGroupsCount());
  }

  @Test
  void slots_areFilledAgain_andNoStepIsTooLarge() {
    run(spec().setConcurrency(600), 1000);
    assertEquals(600, granted().size());
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(601, granted().size());
    assertEquals(600, group(0).getInFlight());
    for (int i = 2; i <= 1000; i++) {
      end(i, ExecutionState.SUCCEEDED);
    }
    assertEquals(JobState.JOB_SUCCEEDED, job().getState());
    assertEquals(IntStream.rangeClosed(1, 1000).boxed().toList(), granted());
  }

  @Test
  void ends_areCountedOnce_whateverComesTwice() {
    run(spec(), 3);
    end(1, ExecutionState.SUCCEEDED);
    end(1, ExecutionState.SUCCEEDED);
    end(1, ExecutionState.FAILED);
    send(ended(2, 9, ExecutionState.FAILED), NOW);
    end(2, ExecutionState.RUNNING);
    end(77, ExecutionState.SUCCEEDED);
    assertEquals(1, group(0).getSucceeded());
    assertEquals(0, group(0).getFailed());
    assertEquals(2, group(0).getInFlight());
    assertEquals(JobState.JOB_RUNNING, job().getState());
  }

  @Test
  void groups_startOneAfterTheOther() {
    GroupSpec.Builder gated =
        GroupSpec.newBuilder()
            .setCount(2)
            .setGate(Gate.newBuilder().setSuccessPercent(50).setSoakSeconds(30));
    run(spec().addGroups(gated).addGroups(GroupSpec.getDefaultInstance()), 5);
    assertEquals(List.of(1, 2), granted());
    assertEquals(
        "Group 1 of 2: 0 of 2 ended; the next group starts when all ended and at least 50% of"
            + " them succeeded.",
        job().getCause());
    end(1, ExecutionState.SUCCEEDED);
    end(2, ExecutionState.FAILED);
    assertEquals(GroupState.GROUP_SOAKING, group(0).getState());
    assertEquals(NOW + 30_000, rows.timers.get("soak/0"));
    assertEquals(List.of(1, 2), granted());
    send(of(JobMachine.Event.SOAKED), NOW + 30_000);
    assertEquals(GroupState.GROUP_PASSED, group(0).getState());
    assertEquals(List.of(1, 2, 3, 4, 5), granted());
    send(of(JobMachine.Event.SOAKED), NOW + 30_000);
    for (int i = 3; i <= 5; i++) {
      end(i, ExecutionState.SUCCEEDED);
    }
    assertEquals(JobState.JOB_SUCCEEDED_WITH_FAILURES, job().getState());
    assertEquals("4 of 5 executions succeeded; the others say why not.", job().getCause());
  }

  @Test
  void group_thatPassedEarly_canStillFailTheJob() {
    GroupSpec.Builder gated =
        GroupSpec.newBuilder()
            .setCount(4)
            .setGate(
                Gate.newBuilder().setMinimumEnded(1).setSuccessPercent(100).setFailurePercent(40));
    run(spec().addGroups(gated).addGroups(GroupSpec.getDefaultInstance()), 8);
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(8, granted().size());
    end(2, ExecutionState.FAILED);
    assertEquals(JobState.JOB_ABORTED, job().getState());
    assertEquals(6, cancelled().size());
    assertEquals(GroupState.GROUP_FAILED, group(0).getState());
    assertEquals(GroupState.GROUP_STOPPED, group(1).getState());
  }

  @Test
  void emptyGroups_passAtOnce() {
    GroupSpec one = GroupSpec.newBuilder().setCount(1).build();
    run(spec().addGroups(one).addGroups(one).addGroups(GroupSpec.getDefaultInstance()), 1);
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(JobState.JOB_SUCCEEDED, job().getState());
    assertEquals("The execution succeeded.", job().getCause());
  }

  @Test
  void leases_endNoLaterThanTheDeadline() {
    run(spec().setConcurrency(1), 2);
    assertEquals(NOW + 60_000, sent.get(0).getGrant().getLease().getExpiresMs());
    send(ended(1, 1, ExecutionState.SUCCEEDED), NOW + 590_000);
    assertEquals(NOW + 600_000, sent.get(1).getGrant().getLease().getExpiresMs());
    assertEquals(NOW + 600_000, sent.get(1).getGrant().getLease().getDeadlineMs());
    assertEquals("j1-2", sent.get(1).getGrant().getLease().getExecution());
  }

  @Test
  void version_growsWithEachChange() {
    run(spec(), 2);
    long before = job().getVersion();
    end(1, ExecutionState.SUCCEEDED);
    long after = job().getVersion();
    assertTrue(after > before);
    end(1, ExecutionState.SUCCEEDED);
    assertEquals(after, job().getVersion());
  }
}
