package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.v1.JobEnvelope;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.JobState;
import dev.drover.v1.RetrySpec;
import dev.drover.wire.ErrorCode;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JobRetriesTest extends JobFixture {
  @Test
  void backoff_doublesUpToItsMaximum() {
    RetrySpec.Builder retry = RetrySpec.newBuilder().setBackoffSeconds(5);
    assertEquals(5_000, JobRetries.waitMs(retry.build(), 3, "j1-1"));
    retry.setBackoffMaxSeconds(30);
    long[] expected = {5_000, 10_000, 20_000, 30_000, 30_000};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], JobRetries.waitMs(retry.build(), i, "j1-1"));
    }
    retry.setBackoffSeconds(1).setBackoffMaxSeconds(2_000_000_000);
    assertEquals(2_000_000_000_000L, JobRetries.waitMs(retry.build(), 90, "j1-1"));
  }

  @Test
  void jitter_takesUpToItsShare_theSameEachTime_andSpreadsDevices() {
    RetrySpec retry = RetrySpec.newBuilder().setBackoffSeconds(100).setJitterPercent(50).build();
    Set<Long> waits = new HashSet<>();
    long least = Long.MAX_VALUE;
    long most = 0;
    for (int i = 1; i <= 1000; i++) {
      long waitMs = JobRetries.waitMs(retry, 0, "j1-" + i);
      assertEquals(waitMs, JobRetries.waitMs(retry, 0, "j1-" + i));
      waits.add(waitMs);
      least = Math.min(least, waitMs);
      most = Math.max(most, waitMs);
    }
    assertTrue(least >= 50_000 && least < 55_000, least + " ms");
    assertTrue(most <= 100_000 && most > 95_000, most + " ms");
    assertTrue(waits.size() > 500, waits.size() + " different waits");
  }

  @Test
  void errors_thatTheJobNames_areTriedAgain_andNoOthers() {
    RetrySpec.Builder retry =
        RetrySpec.newBuilder().setAttempts(2).addErrors(ErrorCode.TRIAL_FAILED.name());
    run(spec().setRetry(retry), 4);
    failed(1, ErrorCode.TRIAL_FAILED);
    failed(2, ErrorCode.DISK_FULL);
    end(3, ExecutionState.FAILED);
    failed(4, ErrorCode.TRIAL_FAILED);
    send(of(JobMachine.Event.RETRY), NOW);
    assertEquals(6, granted().size());
    assertEquals(2, group(0).getFailed());
  }

  private void failed(int target, ErrorCode code) {
    JobEnvelope.Builder failed = ended(target, 1, ExecutionState.FAILED);
    failed.getEndedBuilder().setError(code.number());
    send(failed, NOW);
  }

  private void lateWord(int target, ExecutionState state, ErrorCode code) {
    JobEnvelope.Builder late = ended(target, 1, state);
    late.getEndedBuilder()
        .setLate(true)
        .setToldBefore(ExecutionState.UNREACHABLE)
        .setError(code.number());
    send(late, NOW + 1);
  }

  @Test
  void lateWord_whileTheNextAttemptWaits_isTheTruth() {
    RetrySpec.Builder retry = RetrySpec.newBuilder().setAttempts(3).setBackoffSeconds(60);
    run(spec().setRetry(retry), 3);
    for (int target = 1; target <= 3; target++) {
      end(target, ExecutionState.UNREACHABLE);
    }
    lateWord(1, ExecutionState.SUCCEEDED, ErrorCode.INTERNAL);
    lateWord(2, ExecutionState.REJECTED, ErrorCode.LEASE_EXPIRED);
    lateWord(3, ExecutionState.FAILED, ErrorCode.POLICY_DENIED);
    assertEquals(1, group(0).getSucceeded());
    assertEquals(1, group(0).getFailed());
    assertEquals(0, group(0).getUnreachable());
    send(of(JobMachine.Event.RETRY), NOW + 60_000);
    assertEquals(4, granted().size(), "only what may be tried again is");
  }

  @Test
  void lateWord_whileTheNextAttemptWaits_countsWhenTheJobEnds() {
    RetrySpec.Builder retry = RetrySpec.newBuilder().setAttempts(3).setBackoffSeconds(60);
    run(spec().setRetry(retry), 1);
    end(1, ExecutionState.UNREACHABLE);
    lateWord(1, ExecutionState.REJECTED, ErrorCode.LEASE_EXPIRED);
    send(of(JobMachine.Event.CANCEL), NOW + 2);
    assertEquals(1, group(0).getRejected());
    assertEquals(0, group(0).getUnreachable());
  }

  @Test
  void attempts_waitLongerEachTime() {
    RetrySpec.Builder retry =
        RetrySpec.newBuilder().setAttempts(4).setBackoffSeconds(10).setBackoffMaxSeconds(30);
    run(spec().setRetry(retry), 1);
    long now = NOW;
    long[] waits = {10_000, 20_000, 30_000};
    for (int i = 0; i < waits.length; i++) {
      send(ended(1, i + 1, ExecutionState.TIMED_OUT), now);
      assertEquals(now + waits[i], rows.timers.get("retry"));
      now += waits[i];
      send(of(JobMachine.Event.RETRY), now);
      assertEquals(i + 2, granted().size());
    }
    send(ended(1, 4, ExecutionState.TIMED_OUT), now);
    assertEquals(JobState.JOB_FAILED, job().getState());
    assertEquals(1, group(0).getTimedOut());
  }

  @Test
  void retryBeyondTheDeadline_isNotWaitedFor() {
    run(spec().setRetry(RetrySpec.newBuilder().setAttempts(3).setBackoffSeconds(600)), 1);
    end(1, ExecutionState.FAILED);
    assertEquals(JobState.JOB_FAILED, job().getState());
  }
}
