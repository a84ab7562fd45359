package dev.drover.hub.metrics;

import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.core.BrokerLink.Flow;
import dev.drover.hub.fleet.Census;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.repo.ChunkCache;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.metrics.EngineMeters;
import dev.drover.metrics.Meters;
import dev.drover.metrics.ProcessMeters;
import dev.drover.wire.ErrorCode;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of a hub. Made first, because the engine reports to it; the other parts are bound when
 * they are there. Thread-safe.
 */
public final class HubMetrics implements AutoCloseable {
  /** A census reads every device, so one serves all scrapes of this time. */
  private static final Duration CENSUS_LIFE = Duration.ofSeconds(10);

  private static final String BYTES = "bytes";
  private static final String STATE = "state";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Meters meters = new Meters(registry);
  private final EngineMeters engineMeters = new EngineMeters(registry);
  private final ProcessMeters process = new ProcessMeters(registry);
  private final MultiGauge devices = states("drover.devices", "Devices by state.");
  private final MultiGauge jobs = states("drover.jobs", "Jobs by state.");
  private final MultiGauge executions =
      states("drover.executions", "Executions of all jobs by state.");
  private final Set<ErrorCode> refusals = EnumSet.noneOf(ErrorCode.class);
  private final LongSupplier monotonicMs;
  private @Nullable FleetService fleet;
  private long censusUntilMs = Long.MIN_VALUE;

  /**
   * Makes the meters of the process and of an engine.
   *
   * @param monotonicMs milliseconds of a clock that never falls
   */
  public HubMetrics(LongSupplier monotonicMs) {
    this.monotonicMs = monotonicMs;
  }

  /** Returns what the engine reports to. */
  public EngineListener engineListener() {
    return engineMeters;
  }

  /** Adds the meters of the other parts; once. */
  public synchronized void bind(
      Engine engine, BrokerLink broker, ChunkCache cache, FleetService bound) {
    engineMeters.bind(engine);
    broker(broker);
    cache(cache);
    fleet(bound);
    fleet = bound;
  }

  private void broker(BrokerLink broker) {
    meters.gauge(
        "drover.broker.up",
        "1 while messages can flow between hub and broker.",
        () -> broker.health().connected() ? 1 : 0);
    meters.gauge(
        "drover.broker.clients",
        "Clients connected to the embedded broker; -1 where the broker does not tell.",
        () -> broker.health().clientsConnected());
    flow(broker, "in");
    flow(broker, "out");
  }

  private void flow(BrokerLink broker, String way) {
    Tags tags = Tags.of("direction", way);
    ToLongFunction<ToLongFunction<Flow>> read =
        value -> value.applyAsLong("in".equals(way) ? broker.health().in() : broker.health().out());
    meters.counter(
        "drover.broker.messages",
        null,
        "Messages handled by the hub (in) or taken by the broker (out).",
        tags,
        () -> read.applyAsLong(Flow::messages));
    meters.counter(
        "drover.broker.message",
        BYTES,
        "Payload bytes of these messages.",
        tags,
        () -> read.applyAsLong(Flow::bytes));
    meters.counter(
        "drover.broker.refused",
        null,
        "Messages refused, dropped or not taken.",
        tags,
        () -> read.applyAsLong(Flow::refused));
    meters.gauge(
        "drover.broker.queue.messages",
        null,
        "Messages that wait for the hub (in) or for the broker (out).",
        tags,
        () -> read.applyAsLong(Flow::pendingMessages));
    meters.gauge(
        "drover.broker.queue",
        BYTES,
        "Payload bytes of the messages that wait.",
        tags,
        () -> read.applyAsLong(Flow::pendingBytes));
  }

  private void cache(ChunkCache cache) {
    wants(cache, "hit", ChunkCache.Statistics::hits);
    wants(cache, "miss", ChunkCache.Statistics::published);
    wants(cache, "dropped", ChunkCache.Statistics::dropped);
    wants(cache, "unknown", ChunkCache.Statistics::unknown);
    meters.counter(
        "drover.chunk.published",
        BYTES,
        "Bytes of chunks that were published for devices.",
        Tags.empty(),
        () -> cache.statistics().publishedBytes());
    meters.gauge(
        "drover.chunk.held",
        BYTES,
        "Bytes of chunks that the broker should retain.",
        Tags.empty(),
        () -> cache.statistics().heldBytes());
  }

  private void wants(ChunkCache cache, String result, ToLongFunction<ChunkCache.Statistics> value) {
    meters.counter(
        "drover.chunk.wants",
        null,
        "Chunks that devices asked for: on the broker already (hit), published (miss), dropped"
            + " because too many were asked for, or unknown to the hub.",
        Tags.of("result", result),
        () -> value.applyAsLong(cache.statistics()));
  }

  private void fleet(FleetService measured) {
    meters.counter(
        "drover.device.messages.accepted",
        "Messages of devices that were proved genuine and made durable.",
        () -> measured.statistics().accepted());
    commands(measured, "sent", FleetService.Statistics::published);
    commands(measured, "failed", FleetService.Statistics::unpublished);
    meters.counter(
        "drover.command.signatures",
        "Signatures made for commands; one covers a batch.",
        () -> measured.statistics().signatures());
    meters.gauge(
        "drover.audit.log.entries",
        "Entries of the audit log.",
        () -> measured.audit().head().getSize());
  }

  private void commands(
      FleetService measured, String result, ToLongFunction<FleetService.Statistics> value) {
    meters.counter(
        "drover.commands",
        null,
        "Commands given to the broker, repeated ones included.",
        Tags.of("result", result),
        () -> value.applyAsLong(measured.statistics()));
  }

  private MultiGauge states(String name, String help) {
    return MultiGauge.builder(name).description(help).register(registry);
  }

  /** Returns all meters in Prometheus' text format 0.0.4. Reads the store: not on an event loop. */
  public String scrape() {
    refresh();
    return registry.scrape();
  }

  private synchronized void refresh() {
    FleetService measured = fleet;
    if (measured == null) {
      return;
    }
    for (ErrorCode code : measured.statistics().refused().keySet()) {
      if (refusals.add(code)) {
        meters.counter(
            "drover.device.messages.refused",
            null,
            "Messages of devices that were refused.",
            Tags.of("code", code.name()),
            () -> measured.statistics().refused().getOrDefault(code, 0L));
      }
    }
    long now = monotonicMs.getAsLong();
    if (now >= censusUntilMs) {
      Census.Counts counts = measured.census().count();
      show(devices, counts.devices());
      show(jobs, counts.jobs());
      show(executions, counts.executions());
      censusUntilMs = now + CENSUS_LIFE.toMillis();
    }
  }

  private static void show(MultiGauge gauge, Map<String, Long> counts) {
    gauge.register(
        counts.entrySet().stream()
            .map(entry -> MultiGauge.Row.of(Tags.of(STATE, entry.getKey()), entry.getValue()))
            .toList(),
        true);
  }

  @Override
  public void close() {
    process.close();
    registry.close();
  }
}
