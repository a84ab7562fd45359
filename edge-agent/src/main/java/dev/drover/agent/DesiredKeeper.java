package dev.drover.agent;

import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.config.DesiredSettings;
import dev.drover.agent.config.OwnSettings;
import dev.drover.agent.core.Machines;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.OwedEffect;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ConfigKeyState;
import dev.drover.v1.ConfigReport;
import dev.drover.v1.RuntimeLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what the hub desires of the configuration, and says what the agent makes of it: some keys
 * count at once, the others from the next start. Thread-safe.
 */
final class DesiredKeeper implements EffectHandler {
  private static final Logger LOG = LoggerFactory.getLogger(DesiredKeeper.class);
  private static final long MEMORY_STEP_BYTES = 16L << 20;

  private final OwnSettings own;
  private final AgentConfig inForce;
  private volatile Kept kept;
  private volatile Runnable changed = () -> {};
  private volatile Runnable paced = () -> {};

  /** What is desired, and the configuration that a start would read. */
  private record Kept(ConfigCommand desired, AgentConfig next) {}

  /**
   * Makes a keeper over what is kept already.
   *
   * @param inForce what the agent read at its start
   */
  DesiredKeeper(OwnSettings own, AgentConfig inForce) {
    this.own = own;
    this.inForce = inForce;
    ConfigCommand desired = DesiredSettings.read(own.dataDir());
    this.kept = new Kept(desired, own.with(desired));
  }

  /** Sets whom to tell when something else is desired. */
  void changedBy(Runnable listener) {
    changed = listener;
  }

  /** Starts a pulse, and lets it know when its pause may have changed. */
  void paced(AgentPulse pulse) {
    paced = pulse::adjust;
    pulse.adjust();
  }

  long heartbeatMs() {
    return kept.next().heartbeat().toMillis();
  }

  long diskReserveBytes() {
    return kept.next().diskReserve().bytes();
  }

  ConfigReport report() {
    Kept now = kept;
    return DesiredSettings.report(now.desired(), inForce, now.next());
  }

  /** Returns what the hub desires and what became of it, for the device's owner. */
  Optional<String> notice() {
    Kept now = kept;
    ConfigReport report = DesiredSettings.report(now.desired(), inForce, now.next());
    List<String> parts = new ArrayList<>();
    new TreeMap<>(now.desired().getValuesMap())
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
        .setDiskReserveBytes(diskReserveBytes())
        .build();
  }

  @Override
  public CompletionStage<EffectResult> perform(OwedEffect effect) {
    try {
      ConfigCommand desired = Machines.parse(ConfigCommand.parser(), effect.effect().payload());
      DesiredSettings.keep(own.dataDir(), desired);
      kept = new Kept(desired, own.with(desired));
      LOG.atInfo()
          .addKeyValue("version", desired.getVersion())
          .addKeyValue("states", report().getStatesList())
          .log("The hub desires a configuration");
      paced.run();
      changed.run();
      return EffectResult.doneStage();
    } catch (RuntimeException failed) {
      return CompletableFuture.failedFuture(failed);
    }
  }
}
