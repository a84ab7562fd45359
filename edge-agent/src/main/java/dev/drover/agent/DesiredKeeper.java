package dev.drover.agent;

import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.config.DesiredSettings;
import dev.drover.agent.core.Machines;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.OwedEffect;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ConfigKeyState;
import dev.drover.v1.ConfigReport;
import dev.drover.v1.RuntimeLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what the hub desires of the configuration, and says what the agent makes of it. What is
 * kept counts from the next start. Thread-safe.
 */
final class DesiredKeeper implements EffectHandler {
  private static final Logger LOG = LoggerFactory.getLogger(DesiredKeeper.class);
  private static final long MEMORY_STEP_BYTES = 16L << 20;

  private final Path data;
  private final AgentConfig inForce;
  private final ConfigCommand atStart;
  private volatile ConfigCommand kept;
  private volatile Runnable changed = () -> {};

  DesiredKeeper(Path data, AgentConfig inForce) {
    this.data = data;
    this.inForce = inForce;
    this.atStart = DesiredSettings.read(data);
    this.kept = atStart;
  }

  /** Sets whom to tell when something else is desired. */
  void changedBy(Runnable listener) {
    changed = listener;
  }

  ConfigReport report() {
    return DesiredSettings.report(kept, atStart, inForce);
  }

  /** Returns what the hub desires and what became of it, for the device's owner. */
  Optional<String> notice() {
    ConfigReport report = report();
    List<String> parts = new ArrayList<>();
    new TreeMap<>(kept.getValuesMap())
        .forEach(
            (key, value) ->
                parts.add(key + " = " + value + " (" + word(report.getStates(parts.size())) + ")"));
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of("The hub desires " + String.join(", ", parts) + ".");
  }

  private static String word(ConfigKeyState state) {
    return switch (state) {
      case CONFIG_APPLIED -> "applied";
      case CONFIG_PENDING_RESTART -> "from the next start";
      case CONFIG_OVERRIDDEN -> "your own value counts";
      case CONFIG_REFUSED_KEY -> "refused, not a key for the hub";
      case CONFIG_REFUSED_VALUE -> "refused, not a value of the key";
      case CONFIG_KEY_STATE_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }

  RuntimeLimits limits() {
    return RuntimeLimits.newBuilder()
        .setThreads(inForce.threads())
        .setContextTokens(inForce.contextTokens())
        .setMemoryBytes(
            AgentFiles.memoryLimitBytes(inForce) / MEMORY_STEP_BYTES * MEMORY_STEP_BYTES)
        .setDiskReserveBytes(inForce.diskReserve().bytes())
        .build();
  }

  @Override
  public CompletionStage<EffectResult> perform(OwedEffect effect) {
    try {
      ConfigCommand desired = Machines.parse(ConfigCommand.parser(), effect.effect().payload());
      DesiredSettings.keep(data, desired);
      kept = desired;
      LOG.atInfo()
          .addKeyValue("version", desired.getVersion())
          .addKeyValue("states", report().getStatesList())
          .log("The hub desires a configuration");
      changed.run();
      return EffectResult.doneStage();
    } catch (RuntimeException failed) {
      return CompletableFuture.failedFuture(failed);
    }
  }
}
