package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.v1.Gate;
import dev.drover.v1.Group;
import dev.drover.v1.GroupSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatesTest {
  @ParameterizedTest
  @CsvSource({
    // targets succeeded failed cancelled, minimum, success%, failure%, verdict
    "0 0 0 0, 0, 100, 0, PASS",
    "1 0 0 0, 0, 100, 0, WAIT",
    "1 1 0 0, 0, 100, 0, PASS",
    "1 0 1 0, 0, 100, 0, FAIL",
    "10 9 0 0, 0, 90, 10, WAIT",
    "10 9 1 0, 0, 90, 10, PASS",
    "10 8 2 0, 0, 90, 10, FAIL",
    "10 0 2 0, 0, 90, 10, FAIL",
    "10 0 1 0, 0, 90, 10, WAIT",
    "10 5 0 0, 5, 100, 0, PASS",
    "10 4 0 0, 5, 100, 0, WAIT",
    "10 4 1 0, 5, 80, 20, PASS",
    "10 4 1 0, 5, 81, 20, WAIT",
    "10 3 2 0, 5, 80, 20, FAIL",
    "10 8 2 0, 5, 81, 20, FAIL",
    "10 1 0 0, 1, 0, 0, PASS",
    "3 0 0 3, 0, 50, 50, FAIL",
    "3 0 0 3, 0, 0, 50, PASS",
    "3 3 0 0, 99, 100, 0, PASS",
    "3 2 0 0, 99, 100, 0, WAIT",
  })
  void gate_judgesByCounts(
      String numbers, int minimum, int success, int failure, Gates.Verdict verdict) {
    String[] counts = numbers.split(" ", -1);
    Group group =
        Group.newBuilder()
            .setTargets(Integer.parseInt(counts[0]))
            .setSucceeded(Integer.parseInt(counts[1]))
            .setFailed(Integer.parseInt(counts[2]))
            .setCancelled(Integer.parseInt(counts[3]))
            .setGate(
                Gate.newBuilder()
                    .setMinimumEnded(minimum)
                    .setSuccessPercent(success)
                    .setFailurePercent(failure))
            .build();

    assertEquals(verdict, Gates.judge(group, false));
  }

  @Test
  void everyBadEnd_countsAsFailed() {
    Group group =
        Group.newBuilder()
            .setTargets(9)
            .setFailed(1)
            .setRejected(2)
            .setUnknown(1)
            .setUnreachable(3)
            .setCancelled(1)
            .setSucceeded(1)
            .build();

    assertEquals(7, Gates.failed(group));
    assertEquals(9, Gates.ended(group));
    assertEquals(
        Gates.Verdict.PASS, Gates.judge(group, false), "without a gate all that ended is enough");
    assertEquals(Gates.Verdict.WAIT, Gates.judge(group.toBuilder().setTargets(10).build(), false));
  }

  @Test
  void huge_counts_doNotOverflow() {
    Group group =
        Group.newBuilder()
            .setTargets(100_000_000)
            .setSucceeded(99_000_000)
            .setFailed(1_000_000)
            .setGate(Gate.newBuilder().setSuccessPercent(99).setFailurePercent(1))
            .build();

    assertEquals(Gates.Verdict.PASS, Gates.judge(group, false));
  }

  private static GroupSpec gated(Gate.Builder gate) {
    return GroupSpec.newBuilder().setGate(gate).build();
  }

  @Test
  void gate_thatIsNotGiven_isStrictUnlessTheGroupIsTheLast() {
    List<GroupSpec> groups =
        List.of(
            GroupSpec.newBuilder().setCount(1).build(),
            GroupSpec.newBuilder().setGate(Gate.newBuilder().setSuccessPercent(75)).build(),
            GroupSpec.newBuilder()
                .setGate(Gate.newBuilder().setSuccessPercent(75).setFailurePercent(5))
                .build(),
            GroupSpec.getDefaultInstance());

    assertEquals(100, Gates.of(groups, 0).getSuccessPercent());
    assertEquals(25, Gates.of(groups, 1).getFailurePercent());
    assertEquals(5, Gates.of(groups, 2).getFailurePercent());
    GroupSpec none = gated(Gate.newBuilder().setSuccessPercent(90).setFailurePercent(0));
    assertEquals(0, Gates.of(List.of(none), 0).getFailurePercent(), "none is what was asked for");
    GroupSpec any = gated(Gate.newBuilder().setSoakSeconds(60));
    assertEquals(100, Gates.of(List.of(any), 0).getFailurePercent());
    assertEquals(Gate.getDefaultInstance(), Gates.of(groups, 3));
    assertEquals(Gate.getDefaultInstance(), Gates.of(List.of(), 0));
  }
}
