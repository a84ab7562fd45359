package dev.drover.hub.cli;

import dev.drover.v1.Conditions;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Timers;
import dev.drover.v1.Window;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** When devices may start what {@code drover job run} creates, and how long it may take. */
final class TimingOptions {
  private static final Pattern WINDOW =
      Pattern.compile("(?<cron>.+?) for (?<length>\\d{1,4})(?<unit>[mh])(?: in (?<zone>\\S+))?");
  private static final Set<String> CONDITIONS = Set.of("idle", "mains", "unmetered", "owner");
  private static final int MINUTES_PER_HOUR = 60;

  @Option(
      names = "--window",
      paramLabel = "WINDOW",
      description = {
        "Start only in this window: \"CRON for 90m\" or \"CRON for 2h in Europe/Berlin\";",
        "in the device's own time zone where none is named; repeatable."
      })
  private @Nullable List<String> windows;

  @Option(
      names = "--when",
      paramLabel = "CONDITION",
      split = ",",
      description = "Start only when: idle, mains, unmetered, owner; with commas between.")
  private @Nullable List<String> conditions;

  @Option(
      names = "--priority",
      paramLabel = "N",
      description = "0 to 100; where a device has several, the higher goes first.")
  private int priority;

  @Option(
      names = "--lease",
      paramLabel = "SECONDS",
      description = "How long a device may take to start it. Default: to the deadline.")
  private long leaseSeconds;

  @Option(
      names = "--offer-timeout",
      paramLabel = "SECONDS",
      description = "How long a device may take to accept it.")
  private long offerSeconds;

  @Option(
      names = "--run-timeout",
      paramLabel = "SECONDS",
      description = "How long it may run on a device.")
  private long runSeconds;

  @Option(
      names = "--step-timeout",
      paramLabel = "SECONDS",
      description = "How long it may run without getting on.")
  private long stepSeconds;

  @Option(
      names = "--queue-timeout",
      paramLabel = "SECONDS",
      description = "How long it may wait on the hub behind others of its device.")
  private long queueSeconds;

  void fill(JobSpec.Builder spec) {
    for (String window : windows == null ? List.<String>of() : windows) {
      spec.addWindows(window(window));
    }
    if (conditions != null) {
      spec.setConditions(conditions(conditions));
    }
    spec.setPriority(priority).setLeaseSeconds(leaseSeconds);
    Timers timers =
        Timers.newBuilder()
            .setOfferSeconds(offerSeconds)
            .setRunSeconds(runSeconds)
            .setStepSeconds(stepSeconds)
            .setQueueSeconds(queueSeconds)
            .build();
    if (!timers.equals(Timers.getDefaultInstance())) {
      spec.setTimers(timers);
    }
  }

  static Window window(String text) {
    Matcher parts = WINDOW.matcher(text.strip());
    if (!parts.matches()) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "A window is like \"30 2 * * 1-5 for 90m\" or \"0 22 * * * for 2h in Europe/Berlin\".");
    }
    int length = Integer.parseInt(parts.group("length"));
    String zone = parts.group("zone");
    return Window.newBuilder()
        .setCron(parts.group("cron").strip())
        .setDurationMinutes(parts.group("unit").equals("h") ? length * MINUTES_PER_HOUR : length)
        .setZone(zone == null ? "" : zone)
        .build();
  }

  static Conditions conditions(List<String> names) {
    for (String name : names) {
      if (!CONDITIONS.contains(name)) {
        throw new DroverException(
            ErrorCode.INVALID_ARGUMENT,
            "--when takes idle, mains, unmetered and owner, not " + name + ".");
      }
    }
    return Conditions.newBuilder()
        .setIdle(names.contains("idle"))
        .setMains(names.contains("mains"))
        .setUnmetered(names.contains("unmetered"))
        .setOwnerConsent(names.contains("owner"))
        .build();
  }
}
