package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.deploy.demo.DemoFailures.Progress;
import dev.drover.v1.Execution;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoFailuresTest {
  private static Execution execution(long grantedMs, long endedMs) {
    return Execution.newBuilder().setGrantedMs(grantedMs).setEndedMs(endedMs).build();
  }

  @Test
  void work_thatEndedAfterTheKill_wasInFlight() {
    List<Execution> executions =
        List.of(execution(1, 50), execution(2, 99), execution(3, 101), execution(101, 150));
    assertEquals(new Progress(1, 2), Progress.at(100, executions));
  }

  @Test
  void kill_afterEverythingEnded_hitNothing() {
    assertEquals(
        new Progress(0, 2), Progress.at(100, List.of(execution(1, 50), execution(2, 100))));
  }
}
