package dev.drover.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Registers meters that read what another part counts. Such a meter keeps that part alive as long
 * as the registry.
 */
public final class Meters {
  private final MeterRegistry registry;

  /** Makes meters in a registry. */
  public Meters(MeterRegistry registry) {
    this.registry = registry;
  }

  /**
   * Adds what only grows.
   *
   * @param name in words separated by dots, without {@code total}
   * @param unit a base unit such as {@code bytes}, or null where the name says what is counted
   */
  public void counter(
      String name, @Nullable String unit, String help, Tags tags, DoubleSupplier value) {
    // The supplier itself is held weakly; the function is not.
    FunctionCounter.builder(name, registry, same -> value.getAsDouble())
        .baseUnit(unit)
        .description(help)
        .tags(tags)
        .register(registry);
  }

  /** Adds what only grows, without a unit and labels. */
  public void counter(String name, String help, DoubleSupplier value) {
    counter(name, null, help, Tags.empty(), value);
  }

  /** Adds what goes up and down; arguments as for a counter. */
  public void gauge(
      String name, @Nullable String unit, String help, Tags tags, DoubleSupplier value) {
    Gauge.builder(name, registry, same -> value.getAsDouble())
        .baseUnit(unit)
        .description(help)
        .tags(tags)
        .register(registry);
  }

  /** Adds what goes up and down, without a unit and labels. */
  public void gauge(String name, String help, DoubleSupplier value) {
    gauge(name, null, help, Tags.empty(), value);
  }
}
