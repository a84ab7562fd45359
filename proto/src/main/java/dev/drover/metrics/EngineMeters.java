package dev.drover.metrics;

import dev.drover.machine.Engine;
import dev.drover.machine.EngineHealth;
import dev.drover.machine.runtime.EngineListener;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/** How an engine does: its writes, its queue and what it owes. Thread-safe. */
public final class EngineMeters implements EngineListener {
  private static final int[] COMMIT_MS = {1, 2, 5, 10, 25, 50, 100, 250, 1000};
  private static final double[] GROUP_EVENTS = {1, 4, 16, 64, 256, 1024};

  private final Meters meters;
  private final Timer commits;
  private final DistributionSummary groups;
  private final DistributionSummary bytes;

  /** Makes the meters; the engine, which listens to none but these, is bound when it is open. */
  public EngineMeters(MeterRegistry registry) {
    this.meters = new Meters(registry);
    this.commits =
        Timer.builder("drover.engine.commit")
            .description("Time of one synced write, which makes a group of events durable.")
            .serviceLevelObjectives(
                IntStream.of(COMMIT_MS).mapToObj(Duration::ofMillis).toArray(Duration[]::new))
            .register(registry);
    this.groups =
        DistributionSummary.builder("drover.engine.group.events")
            .description("Events made durable by one write.")
            .serviceLevelObjectives(GROUP_EVENTS)
            .register(registry);
    this.bytes =
        DistributionSummary.builder("drover.engine.group")
            .baseUnit("bytes")
            .description("Keys and values made durable by one write.")
            .register(registry);
  }

  @Override
  public void committed(int events, long changed, long nanos) {
    commits.record(nanos, TimeUnit.NANOSECONDS);
    groups.record(events);
    bytes.record((double) changed);
  }

  /** Adds what the engine counts itself. */
  public void bind(Engine engine) {
    counter(engine, "events", "Events stepped by machines.", EngineHealth::events);
    counter(engine, "refused", "Events refused because a queue was full.", EngineHealth::refused);
    counter(engine, "retries", "Effects that failed and were put off.", EngineHealth::retries);
    counter(
        engine,
        "dropped",
        "Timers and sends dropped because a machine failed; any is a defect.",
        EngineHealth::dropped);
    meters.gauge(
        "drover.engine.waiting.events",
        "Events accepted and not answered yet.",
        () -> engine.health().waiting());
    meters.gauge(
        "drover.engine.owed.effects",
        "Effects and sends that are durable and not done yet.",
        () -> engine.health().owed());
    meters.gauge(
        "drover.engine.up",
        "1 while the engine accepts events, 0 after its store failed.",
        () -> engine.health().ok() ? 1 : 0);
  }

  private void counter(
      Engine engine, String name, String help, ToLongFunction<EngineHealth> value) {
    meters.counter("drover.engine." + name, help, () -> value.applyAsLong(engine.health()));
  }
}
