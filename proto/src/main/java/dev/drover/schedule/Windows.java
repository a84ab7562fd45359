package dev.drover.schedule;

import dev.drover.v1.Window;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Several windows as one: open while any of them is.
 *
 * <p>A window begins when the clock of its zone shows a time that its cron expression names, and
 * stays open for its duration of elapsed time, whatever the clock does meanwhile. A beginning in
 * the hour that a change to summer time leaves out is at the change itself; one in the hour that
 * comes twice is at its first coming. Pure and thread-safe.
 */
public final class Windows {
  /** Longest window, in minutes: ten minutes less than a day. */
  public static final int DURATION_MINUTES_MAX = 1430;

  private static final long MS_PER_MINUTE = 60_000;

  private Windows() {}

  /**
   * Checks windows as they were written.
   *
   * @param field what they are called in messages, such as {@code windows}
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT} that names the field, for an
   *     expression that does not parse or never comes true, a duration out of range or a zone that
   *     does not exist; {@link ErrorCode#LIMIT_EXCEEDED} for too many
   */
  public static void check(String field, List<Window> windows) {
    Limits.check("The number of " + field, windows.size(), Limits.WINDOWS_MAX);
    for (int i = 0; i < windows.size(); i++) {
      Window window = windows.get(i);
      String name = field + "[" + i + "]";
      Limits.check(
          "The length of " + name + ".cron", window.getCron().length(), Limits.CRON_CHARS_MAX);
      CronTimes.check(name + ".cron", window.getCron());
      int minutes = window.getDurationMinutes();
      if (minutes < 1 || minutes > DURATION_MINUTES_MAX) {
        throw invalid(
            name + ".duration_minutes is 1 to " + DURATION_MINUTES_MAX + ", not " + minutes + ".");
      }
      checkZone(name + ".zone", window.getZone());
    }
  }

  private static void checkZone(String field, String zone) {
    // ZoneId.of takes offsets and prefixes too; operators mean a place.
    if (!zone.isEmpty() && !Zones.KNOWN.contains(zone)) {
      throw invalid(field + " \"" + printable(zone) + "\" is no time zone of the IANA database.");
    }
  }

  private static String printable(String text) {
    String cut = text.substring(0, Math.min(Limits.CRON_CHARS_MAX, text.length()));
    return cut.replaceAll("[^\\x20-\\x7e]", "?");
  }

  /** Returns whether any of the windows is open; without windows it always is. */
  public static boolean isOpen(List<Window> windows, ZoneId own, long nowMs) {
    return windows.isEmpty() || openUntil(windows, own, nowMs).isPresent();
  }

  /**
   * Returns until when the windows that are open now stay so, UTC milliseconds, or nothing where
   * none is.
   *
   * @param windows checked ones
   * @param own the zone of windows that name none
   * @param nowMs UTC milliseconds
   */
  public static OptionalLong openUntil(List<Window> windows, ZoneId own, long nowMs) {
    return windows.stream()
        .mapToLong(window -> end(window, own, nowMs))
        .filter(end -> end > nowMs)
        .max();
  }

  private static long end(Window window, ZoneId own, long nowMs) {
    ZoneId zone = zone(window, own);
    return CronTimes.lastBegin(window.getCron(), zone, Instant.ofEpochMilli(nowMs))
        .map(begin -> begin.toEpochMilli() + window.getDurationMinutes() * MS_PER_MINUTE)
        .orElse(Long.MIN_VALUE);
  }

  /**
   * Returns when the next window begins, UTC milliseconds after now, or nothing where none ever
   * does. A window that is open now does not count.
   *
   * @param windows checked ones
   * @param own the zone of windows that name none
   * @param nowMs UTC milliseconds
   */
  public static OptionalLong nextOpening(List<Window> windows, ZoneId own, long nowMs) {
    return windows.stream()
        .map(
            window ->
                CronTimes.nextBegin(
                    window.getCron(), zone(window, own), Instant.ofEpochMilli(nowMs)))
        .flatMap(next -> next.stream())
        .mapToLong(Instant::toEpochMilli)
        .min();
  }

  /**
   * Returns whether some device could find one of the windows open within the time, wherever it is:
   * zones that are not named may be any.
   *
   * @param windows checked ones
   * @param fromMs UTC milliseconds
   */
  public static boolean openWithin(List<Window> windows, long fromMs, Duration length) {
    if (windows.isEmpty()) {
      return true;
    }
    // No clock on Earth is further than this from UTC.
    long slackMs = Duration.ofHours(15).toMillis();
    for (Window window : windows) {
      long early = window.getZone().isEmpty() ? slackMs : 0;
      ZoneId zone = zone(window, ZoneId.of("UTC"));
      long startMs = fromMs - early;
      OptionalLong next = nextOpening(List.of(window), zone, startMs);
      boolean open = end(window, zone, startMs) > startMs;
      if (open || (next.isPresent() && next.getAsLong() <= fromMs + length.toMillis() + early)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the zone with this name, or UTC where there is none. */
  public static ZoneId zoneOrUtc(String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException unknown) {
      return ZoneId.of("UTC");
    }
  }

  private static ZoneId zone(Window window, ZoneId own) {
    return window.getZone().isEmpty() ? own : ZoneId.of(window.getZone());
  }

  private static DroverException invalid(String message) {
    return new DroverException(ErrorCode.INVALID_ARGUMENT, message);
  }

  /** Loaded only where a zone is named. */
  private static final class Zones {
    static final Set<String> KNOWN = ZoneId.getAvailableZoneIds();
  }
}
