package dev.drover.agent.config;

import dev.drover.config.Config;
import dev.drover.v1.ConfigCommand;
import java.nio.file.Path;
import java.util.Map;

/**
 * What the owner of a device set, by key, and what that makes of what the hub desires.
 *
 * @param values what was given, without defaults; {@code data-dir} is among them
 */
public record OwnSettings(Map<String, String> values) {
  private static final String DATA_DIR = "data-dir";

  /** Copies the map. */
  public OwnSettings {
    values = Map.copyOf(values);
  }

  /** Returns where the agent keeps everything. */
  public Path dataDir() {
    return Path.of(String.valueOf(values.get(DATA_DIR)));
  }

  /**
   * Returns the configuration of an agent that starts now.
   *
   * @throws dev.drover.wire.DroverException as {@link Config#read}
   */
  public AgentConfig atStart() {
    return with(DesiredSettings.read(dataDir()));
  }

  /**
   * Returns the configuration that the next start would have if this is desired.
   *
   * @throws dev.drover.wire.DroverException as {@link Config#read}, for what the owner set
   */
  public AgentConfig with(ConfigCommand desired) {
    return Config.read(AgentConfig.class, DesiredSettings.under(values, desired));
  }
}
