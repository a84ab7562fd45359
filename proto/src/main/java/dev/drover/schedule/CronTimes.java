package dev.drover.schedule;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.Optional;

/**
 * When cron expressions come true. The library works out clock times only, as if clocks were never
 * changed; what a change does to them is decided here. Pure and thread-safe.
 */
final class CronTimes {
  /** Any time will do: what never comes true after it never does. */
  private static final ZonedDateTime SOME_TIME =
      ZonedDateTime.of(2000, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

  private CronTimes() {}

  /**
   * Checks an expression.
   *
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT}
   */
  static void check(String field, String cron) {
    ExecutionTime times;
    try {
      times = times(cron);
    } catch (IllegalArgumentException bad) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          field
              + " is five fields (minute, hour, day of month, month, day of week), as in"
              + " \"30 2 * * 1-5\"; "
              + reason(bad));
    }
    if (times.nextExecution(SOME_TIME).isEmpty()) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, field + " never opens: no such day ever comes.");
    }
  }

  private static String reason(IllegalArgumentException bad) {
    String message = String.valueOf(bad.getMessage());
    String said = message.replace("Failed to parse cron expression. ", "");
    return said.replaceAll("[^\\x20-\\x7e]", "?");
  }

  private static ExecutionTime times(String cron) {
    Cron parsed =
        new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX)).parse(cron);
    return ExecutionTime.forCron(parsed.validate());
  }

  /** Returns the last beginning at or before now. */
  static Optional<Instant> lastBegin(String cron, ZoneId zone, Instant now) {
    return times(cron)
        .lastExecution(after(zone, now).atZone(ZoneOffset.UTC))
        .map(begin -> instant(begin.toLocalDateTime(), zone));
  }

  /** Returns the first beginning after now. */
  static Optional<Instant> nextBegin(String cron, ZoneId zone, Instant now) {
    return times(cron)
        .nextExecution(after(zone, now).minusMinutes(1).atZone(ZoneOffset.UTC))
        .map(begin -> instant(begin.toLocalDateTime(), zone));
  }

  /** Returns the first minute of the zone's clock whose beginnings are not past yet. */
  private static LocalDateTime after(ZoneId zone, Instant now) {
    ZonedDateTime there = now.atZone(zone);
    LocalDateTime clock = there.toLocalDateTime();
    ZoneOffsetTransition change = zone.getRules().getTransition(clock);
    if (change != null && change.isOverlap() && there.getOffset().equals(change.getOffsetAfter())) {
      // The second coming of these minutes: all of them began at the first.
      return change.getDateTimeBefore();
    }
    return clock.truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
  }

  private static Instant instant(LocalDateTime clock, ZoneId zone) {
    ZoneOffsetTransition change = zone.getRules().getTransition(clock);
    if (change == null) {
      return clock.toInstant(zone.getRules().getOffset(clock));
    }
    return change.isGap() ? change.getInstant() : clock.toInstant(change.getOffsetBefore());
  }
}
