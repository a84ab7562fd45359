package dev.drover.hub.cli;

import dev.drover.schedule.Windows;
import dev.drover.term.Wrapped;
import dev.drover.v1.Conditions;
import dev.drover.v1.JobSpec;
import dev.drover.v1.WaitReason;
import dev.drover.v1.Window;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Windows, conditions and waits in words. */
final class TimingView {
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);

  private static final int INDENT = 4;

  private TimingView() {}

  /**
   * Returns when devices may start the job, a line per window, nothing where they always may.
   *
   * @param nowMs UTC milliseconds
   */
  static String text(JobSpec spec, long nowMs) {
    StringBuilder text = new StringBuilder();
    for (Window window : spec.getWindowsList()) {
      String length = " for " + window.getDurationMinutes() + " min, ";
      String line = "window " + window.getCron() + length + next(window, nowMs);
      text.append("  ").append(Wrapped.hanging(2, INDENT, line)).append('\n');
    }
    List<String> conditions = conditions(spec.getConditions());
    if (!conditions.isEmpty()) {
      text.append("  when ").append(String.join(", ", conditions)).append('\n');
    }
    return text.toString();
  }

  private static String next(Window window, long nowMs) {
    boolean own = window.getZone().isEmpty();
    ZoneId zone = Windows.zoneOrUtc(own ? "UTC" : window.getZone());
    boolean open = !own && Windows.isOpen(List.of(window), zone, nowMs);
    OptionalLong next = Windows.nextOpening(List.of(window), zone, nowMs);
    if (next.isEmpty()) {
      return "never";
    }
    String clock = CLOCK.format(Instant.ofEpochMilli(next.getAsLong()).atZone(zone));
    String where = own ? " on each device's clock" : " " + window.getZone();
    return (open ? "open now, next " : "next ") + clock + where;
  }

  private static List<String> conditions(Conditions conditions) {
    List<String> words = new ArrayList<>();
    if (conditions.getIdle()) {
      words.add("idle");
    }
    if (conditions.getMains()) {
      words.add("on mains");
    }
    if (conditions.getUnmetered()) {
      words.add("unmetered");
    }
    if (conditions.getOwnerConsent()) {
      words.add("the owner said yes");
    }
    return words;
  }

  /** Returns what an execution waits for, with a comma before, or nothing. */
  static String waits(WaitReason reason) {
    return switch (reason) {
      case WAITS_FOR_OTHERS -> ", behind others";
      case WAITS_FOR_WINDOW -> ", waits for its window";
      case WAITS_FOR_IDLE -> ", waits until idle";
      case WAITS_FOR_MAINS -> ", waits for mains";
      case WAITS_FOR_UNMETERED -> ", waits for an unmetered network";
      case WAITS_FOR_OWNER -> ", waits for the owner";
      case WAITS_FOR_CLOCK -> ", waits for the time";
      case WAIT_REASON_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }

  /** Returns what would let an execution start that waits on its device; EXECUTION is its id. */
  static String need(WaitReason reason) {
    return switch (reason) {
      case WAITS_FOR_OTHERS -> "starts when other work on the device ends.";
      case WAITS_FOR_WINDOW -> "starts when its window opens; `drover job show` says when.";
      case WAITS_FOR_IDLE -> "starts when nothing else runs there and nobody is being answered.";
      case WAITS_FOR_MAINS ->
          "starts on mains; where a device cannot tell, its owner sets device.power.";
      case WAITS_FOR_UNMETERED ->
          "starts on an unmetered network; where a device cannot tell, its owner sets"
              + " device.network.";
      case WAITS_FOR_OWNER ->
          "starts when its owner says on the device: `drover agent consent give EXECUTION`.";
      case WAITS_FOR_CLOCK -> "starts when the device has asked the hub for the time.";
      case WAIT_REASON_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }
}
