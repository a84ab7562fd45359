package dev.drover.agent.metrics;

import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.core.StatusSource;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.metrics.EngineMeters;
import dev.drover.metrics.Meters;
import dev.drover.metrics.ProcessMeters;
import dev.drover.v1.AgentStatus;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The meters of an agent, or nothing at all where they are switched off. Made first, because the
 * engine reports to it. Thread-safe.
 */
public final class AgentMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(AgentMetrics.class);
  private static final String BYTES = "bytes";

  private final @Nullable Switched on;

  private AgentMetrics(@Nullable Switched on) {
    this.on = on;
  }

  /** Makes the meters if the configuration wants them. */
  public static AgentMetrics of(AgentConfig config) {
    return new AgentMetrics(config.metricsEnabled() ? new Switched(config) : null);
  }

  /** Returns what the engine reports to. */
  public EngineListener engineListener() {
    return on == null ? EngineListener.NONE : on.engineMeters;
  }

  /** Returns a runtime whose generations are measured. */
  public ModelRuntime measured(ModelRuntime runtime) {
    return on == null ? runtime : new MeteredRuntime(runtime, on.registry);
  }

  /**
   * Serves the meters until the result is closed; once.
   *
   * @param status asked once for each scrape
   * @param egressRefused messages that were not let out, since the start
   * @param commandsRefused commands that were not accepted, since the start
   * @throws dev.drover.wire.DroverException {@code PORT_IN_USE}
   */
  public AutoCloseable serve(
      Engine engine,
      StatusSource status,
      LongSupplier egressRefused,
      LongSupplier commandsRefused) {
    if (on == null) {
      return () -> {};
    }
    on.bind(engine, status, egressRefused, commandsRefused);
    return on.serve();
  }

  private static final class Switched {
    private final AgentConfig config;
    private final PrometheusMeterRegistry registry =
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Meters meters = new Meters(registry);
    private final EngineMeters engineMeters = new EngineMeters(registry);
    private final ProcessMeters process = new ProcessMeters(registry);
    private volatile AgentStatus seen = AgentStatus.getDefaultInstance();
    private StatusSource status = AgentStatus::getDefaultInstance;

    Switched(AgentConfig config) {
      this.config = config;
    }

    void bind(
        Engine engine,
        StatusSource source,
        LongSupplier egressRefused,
        LongSupplier commandsRefused) {
      status = source;
      engineMeters.bind(engine);
      meters.counter(
          "drover.egress.refused",
          "Messages that were not let out of the device.",
          egressRefused::getAsLong);
      meters.counter(
          "drover.commands.refused",
          "Commands of the hub that were not accepted.",
          commandsRefused::getAsLong);
      gauge(
          "drover.hub.up",
          "1 while the control link to the hub's broker is open.",
          now -> now.getHubConnected() ? 1 : 0);
      gauge(
          "drover.uplink.pending.events",
          "Events without a receipt of the hub.",
          AgentStatus::getPendingEvents);
      gauge(
          "drover.audit.pending.records",
          "Audit records without a receipt of the hub.",
          AgentStatus::getPendingAuditRecords);
      gauge(
          "drover.answer.budget.left",
          "Bits that answers may still tell the hub today.",
          now -> now.getBudgetLeftMillibits() / 1000.0);
      gauge(
          "drover.model.loaded",
          "1 while a model is in memory.",
          now -> now.getModelPath().isEmpty() ? 0 : 1);
      gauge(
          "drover.device.busy.executions",
          "Executions of jobs under way.",
          now -> now.getHealth().getBusy());
      bytes(
          "drover.device.memory.available",
          "Memory of the device that a process can still have.",
          now -> now.getHealth().getMemoryAvailableBytes());
      bytes(
          "drover.device.disk.free",
          "Free space where the agent keeps its data.",
          now -> now.getHealth().getDiskFreeBytes());
    }

    private void gauge(String name, String help, ToDoubleFunction<AgentStatus> value) {
      meters.gauge(name, help, () -> value.applyAsDouble(seen));
    }

    private void bytes(String name, String help, ToDoubleFunction<AgentStatus> value) {
      meters.gauge(name, BYTES, help, Tags.empty(), () -> value.applyAsDouble(seen));
    }

    private String scrape() {
      seen = status.status();
      return registry.scrape();
    }

    AutoCloseable serve() {
      MetricsServer server =
          MetricsServer.start(config.metricsBind(), config.metricsPort(), this::scrape);
      LOG.atInfo().addKeyValue("port", server.port()).log("Metrics are served");
      return () -> {
        server.close();
        process.close();
        registry.close();
      };
    }
  }
}
