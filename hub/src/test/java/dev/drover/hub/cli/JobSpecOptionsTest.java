package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.FailureKind;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.JobSpec;
import dev.drover.v1.RateCriterion;
import dev.drover.v1.RateIncrease;
import dev.drover.v1.StopAction;
import dev.drover.v1.Task;
import dev.drover.v1.Unreachable;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What options make of a job. */
class JobSpecOptionsTest {
  @Command(name = "run")
  private static final class Run {
    @Mixin JobOptions options = new JobOptions();
  }

  private static JobSpec spec(String words) {
    return spec(List.of(words.split(" ", -1)));
  }

  private static JobSpec spec(List<String> words) {
    Run run = new Run();
    var unused = new CommandLine(run).parseArgs(words.toArray(String[]::new));
    return run.options.spec(Task.getDefaultInstance(), "what it does");
  }

  @Test
  void options_becomeTheSpecification() {
    JobSpec spec =
        spec(
            "--group 10% --group rest --gate 90 --gate-failures 5 --gate-min 3 --soak 60"
                + " --unreachable ignored --on-gate pause --rate 60"
                + " --grow factor=1.5,every=100,max=600,by=succeeded"
                + " --abort-if timed-out=12.5%,min=20,do=pause --abort-if any=50 --start +3600"
                + " --deadline 7200 --attempts 3 --backoff 5 --backoff-max 40 --jitter 20"
                + " --retry-on DISK_FULL");
    assertEquals("what it does", spec.getName());
    assertEquals(10, spec.getGroups(0).getPercent());
    Gate gate = spec.getGroups(0).getGate();
    assertEquals(3, gate.getMinimumEnded());
    assertEquals(90, gate.getSuccessPercent());
    assertEquals(5, gate.getFailurePercent());
    assertEquals(60, gate.getSoakSeconds());
    assertEquals(Unreachable.UNREACHABLE_IGNORED, gate.getUnreachable());
    assertEquals(StopAction.PAUSE, gate.getOnFailure());
    RateIncrease increase = spec.getRate().getIncrease();
    assertEquals(15, increase.getFactorTenths());
    assertEquals(RateCriterion.SUCCEEDED_EXECUTIONS, increase.getCriterion());
    assertEquals(1250, spec.getAbortRules(0).getThreshold());
    assertEquals(FailureKind.FAILURE_TIMED_OUT, spec.getAbortRules(0).getFailure());
    assertEquals(20, spec.getAbortRules(0).getMinimumEnded());
    assertEquals(StopAction.PAUSE, spec.getAbortRules(0).getAction());
    assertEquals(5000, spec.getAbortRules(1).getThreshold());
    assertEquals(40, spec.getRetry().getBackoffMaxSeconds());
    assertEquals(20, spec.getRetry().getJitterPercent());
    assertEquals(List.of("DISK_FULL"), spec.getRetry().getErrorsList());
    assertEquals(3600, spec.getStartInSeconds());
    assertEquals(7200, spec.getDeadlineSeconds());
  }

  @Test
  void gatesOfTheirOwn_areThoseOfAll_butForWhatTheyName() {
    JobSpec spec =
        spec(
            "--group 1 --group 10% --group rest --gate 90 --soak 60"
                + " --gate-of 1=100,soak=600,unreachable=ignored,do=pause"
                + " --gate-of 3=80,failures=5,min=2,soak=0 --lease 120");
    Gate first = spec.getGroups(0).getGate();
    assertEquals(100, first.getSuccessPercent());
    assertEquals(600, first.getSoakSeconds());
    assertEquals(Unreachable.UNREACHABLE_IGNORED, first.getUnreachable());
    assertEquals(StopAction.PAUSE, first.getOnFailure());
    Gate second = spec.getGroups(1).getGate();
    assertEquals(90, second.getSuccessPercent());
    assertEquals(60, second.getSoakSeconds());
    assertEquals(Unreachable.UNREACHABLE_FAILED, second.getUnreachable());
    Gate third = spec.getGroups(2).getGate();
    assertEquals(80, third.getSuccessPercent());
    assertEquals(5, third.getFailurePercent());
    assertEquals(2, third.getMinimumEnded());
    assertEquals(0, third.getSoakSeconds());
    assertEquals(120, spec.getLeaseSeconds());
  }

  @Test
  void failuresOfAGate_mayBeNone_whichIsNotTheSameAsNotNamed() {
    JobSpec none = spec("--group 1 --group rest --gate 90 --gate-failures 0 --gate-of 2=80");
    assertTrue(none.getGroups(0).getGate().hasFailurePercent());
    assertEquals(0, none.getGroups(0).getGate().getFailurePercent());
    assertTrue(none.getGroups(1).getGate().hasFailurePercent());
    JobSpec notNamed = spec("--group 1 --group rest --gate 90 --gate-of 2=80,failures=0");
    assertFalse(notNamed.getGroups(0).getGate().hasFailurePercent());
    assertTrue(notNamed.getGroups(1).getGate().hasFailurePercent());
  }

  @Test
  void groups_areSizes_orTheRest_andElseSelectors() {
    List<String> sizes =
        List.of("5", "05%", "retired", "!retired", "ring=canary", "2nd-floor, trial", "rest");
    JobSpec spec = spec(sizes.stream().flatMap(size -> Stream.of("--group", size)).toList());
    assertEquals(5, spec.getGroups(0).getCount());
    assertEquals(5, spec.getGroups(1).getPercent());
    for (int i = 2; i < sizes.size() - 1; i++) {
      assertEquals(sizes.get(i), spec.getGroups(i).getSelector());
    }
    GroupSpec rest = spec.getGroups(sizes.size() - 1).toBuilder().clearGate().build();
    assertEquals(GroupSpec.getDefaultInstance(), rest);
  }
}
