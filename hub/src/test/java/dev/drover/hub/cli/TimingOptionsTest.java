package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.Conditions;
import dev.drover.v1.JobSpec;
import dev.drover.v1.WaitReason;
import dev.drover.v1.Window;
import dev.drover.wire.DroverException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class TimingOptionsTest {
  @Command
  private static final class Line {
    @Mixin private TimingOptions timing = new TimingOptions();

    JobSpec spec() {
      JobSpec.Builder spec = JobSpec.newBuilder();
      timing.fill(spec);
      return spec.build();
    }
  }

  @Test
  void options_all_areInTheSpecification() {
    Line line = new Line();
    new CommandLine(line)
        .parseArgs(
            "--window",
            "30 2 * * 1-5 for 90m",
            "--window",
            "0 22 * * * for 2h in Europe/Berlin",
            "--when",
            "idle,mains,owner",
            "--priority",
            "7",
            "--offer-timeout",
            "10",
            "--run-timeout",
            "20",
            "--step-timeout",
            "30",
            "--queue-timeout",
            "40");
    JobSpec spec = line.spec();
    assertEquals(
        Window.newBuilder().setCron("30 2 * * 1-5").setDurationMinutes(90).build(),
        spec.getWindows(0));
    assertEquals("Europe/Berlin", spec.getWindows(1).getZone());
    assertEquals(120, spec.getWindows(1).getDurationMinutes());
    assertEquals(
        Conditions.newBuilder().setIdle(true).setMains(true).setOwnerConsent(true).build(),
        spec.getConditions());
    assertEquals(7, spec.getPriority());
    assertEquals(10, spec.getTimers().getOfferSeconds());
    assertEquals(20, spec.getTimers().getRunSeconds());
    assertEquals(30, spec.getTimers().getStepSeconds());
    assertEquals(40, spec.getTimers().getQueueSeconds());
  }

  @Test
  void options_none_leaveTheSpecificationAlone() {
    assertEquals(JobSpec.getDefaultInstance(), new Line().spec());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0 2 * * *", "0 2 * * * for", "0 2 * * * for 5s", "for 5m"})
  void window_notLikeOne_isRefused(String text) {
    assertThrows(DroverException.class, () -> TimingOptions.window(text));
  }

  @Test
  void condition_unknown_isRefused() {
    assertThrows(DroverException.class, () -> TimingOptions.conditions(List.of("idle", "sunny")));
  }

  @Test
  void view_windows_namesTheNextOpening() {
    long now = Instant.parse("2026-11-21T12:00:00Z").toEpochMilli();
    JobSpec spec =
        JobSpec.newBuilder()
            .addWindows(TimingOptions.window("0 2 * * * for 1h"))
            .addWindows(TimingOptions.window("30 12 * * * for 2h in Europe/Berlin"))
            .setConditions(TimingOptions.conditions(List.of("unmetered")))
            .build();
    assertEquals(
        """
          window 0 2 * * * for 60 min, next 2026-11-22 02:00 on each device's clock
          window 30 12 * * * for 120 min, open now, next 2026-11-22 12:30 Europe/Berlin
          when unmetered
        """,
        TimingView.text(spec, now));
  }

  @ParameterizedTest
  @EnumSource
  void view_waits_hasWordsForEachReason(WaitReason reason) {
    boolean said = TimingView.waits(reason).startsWith(", ");
    boolean none =
        reason == WaitReason.WAIT_REASON_UNSPECIFIED || reason == WaitReason.UNRECOGNIZED;
    assertTrue(said || none);
    assertFalse(said && none);
  }
}
