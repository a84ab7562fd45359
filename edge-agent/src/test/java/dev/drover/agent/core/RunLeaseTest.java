package dev.drover.agent.core;

import static dev.drover.agent.core.RunFixture.T;
import static dev.drover.agent.core.RunFixture.event;
import static dev.drover.agent.core.RunFixture.finished;
import static dev.drover.agent.core.RunFixture.offer;
import static dev.drover.agent.core.RunFixture.reports;
import static dev.drover.agent.core.RunFixture.row;
import static dev.drover.agent.core.RunFixture.stateOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.RunMachine.Event;
import dev.drover.agent.v1.RunEvent;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.FieldValue;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The times and attempts of an execution's lease, and what the hub is told at its end. */
class RunLeaseTest {
  private final OneKey<RunEvent> key = new OneKey<>(new RunMachine(), "e1", T);

  @Test
  void offer_whileItRuns_goesOnUnderTheHighestAttemptAndIsReported() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    reports(key);
    key.submit(offer(3, 0));
    assertEquals(3, row(key).getLease().getAttempt());
    ExecutionReport running = reports(key).get(0);
    assertEquals(ExecutionState.RUNNING, running.getState());
    assertEquals(3, running.getAttempt());
    key.submit(offer(2, 0));
    assertEquals(3, row(key).getLease().getAttempt());
    assertEquals(3, reports(key).get(0).getAttempt());
    assertEquals(RunState.RUNNING, stateOf(key));
  }

  @Test
  void offer_clockBehindTheHub_keepsTheTimeToTheDeadline() {
    RunEvent.Builder behind = offer(1, 0).toBuilder();
    behind.getOfferBuilder().setAheadMs(60_000);
    key.submit(behind.build());
    assertEquals(T + 40_000, row(key).getStartUntilMs());
    assertEquals(T + 140_000, row(key).getDeadlineAtMs());
  }

  @Test
  void timersAndQueue_ofAnotherAttempt_meanNothing() {
    key.submit(offer(2, 0));
    key.owed.clear();
    for (Event late : List.of(Event.WAITED, Event.EXPIRED, Event.DUE)) {
      assertTrue(key.submit(event(late, 1)).rows().isEmpty(), late.name());
    }
    assertEquals(RunState.ACCEPTED, stateOf(key));
    assertTrue(key.owed.isEmpty());
  }

  @Test
  void started_atTheLastMoment_runs() {
    key.submit(offer(1, 0));
    key.nowMs = T + 100_000;
    key.submit(event(Event.STARTED, 1));
    assertEquals(RunState.RUNNING, stateOf(key));
    assertEquals(T + 100_000, row(key).getStartedMs());
  }

  @Test
  void started_withoutALimit_isNotStopped() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    key.owed.clear();
    key.advance(150_000);
    assertTrue(key.owed.isEmpty());
    assertFalse(row(key).getStopRequested());
  }

  @Test
  void ended_forLessThanAWeek_isStillKnown() {
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    key.submit(finished(ExecutionState.SUCCEEDED));
    key.advance(RunMachine.KEPT_MS - 1);
    assertEquals(RunState.SUCCEEDED, stateOf(key));
    key.advance(1);
    assertEquals(RunState.NONE, stateOf(key));
  }

  @Test
  void finished_withFieldsAndMeasures_tellsBoth() {
    FieldValue open = FieldValue.newBuilder().setProperty(1).setFlag(true).build();
    ExecutionMeasures measures = ExecutionMeasures.newBuilder().setDurationMs(2_000).build();
    key.submit(offer(1, 0));
    key.submit(event(Event.STARTED, 1));
    assertFalse(reports(key).get(0).hasMeasures());
    RunEvent.Builder end = finished(ExecutionState.SUCCEEDED).toBuilder();
    end.getFinishedBuilder().getResultBuilder().addFields(open).setMeasures(measures);
    key.submit(end.build());
    ExecutionReport report = reports(key).get(0);
    assertEquals(List.of(open), report.getFieldsList());
    assertTrue(report.hasMeasures());
    assertEquals(measures, report.getMeasures());
  }
}
