package dev.drover.agent.cli;

import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.config.OwnSettings;
import dev.drover.config.Config;
import dev.drover.config.Places;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that an agent's configuration comes from. */
public final class AgentSettings {
  @Option(names = "--config", paramLabel = "FILE", description = "Lines of key = value.")
  private @Nullable Path file;

  @Option(names = "--data", paramLabel = "DIR", description = "Short for --set data-dir=DIR.")
  private @Nullable Path data;

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Wins over the file.")
  private @Nullable Map<String, String> settings;

  OwnSettings own(Map<String, String> environment) {
    return own(environment, file, data, settings == null ? Map.of() : settings);
  }

  /**
   * Returns an agent's configuration from its layers, a later one winning; below all of them is
   * what the hub desires and may.
   *
   * @throws dev.drover.wire.DroverException as {@link Config#read} and {@link Config#file}
   */
  public static AgentConfig config(
      Map<String, String> environment,
      @Nullable Path file,
      @Nullable Path data,
      Map<String, String> settings) {
    return own(environment, file, data, settings).atStart();
  }

  /**
   * Returns what the owner set, from its layers, a later one winning.
   *
   * @throws dev.drover.wire.DroverException as {@link Config#file}
   */
  public static OwnSettings own(
      Map<String, String> environment,
      @Nullable Path file,
      @Nullable Path data,
      Map<String, String> settings) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("data-dir", Places.agentData(environment).toString());
    if (file != null) {
      values.putAll(Config.file(file));
    }
    if (data != null) {
      values.put("data-dir", data.toString());
    }
    values.putAll(settings);
    return new OwnSettings(values);
  }
}
