package dev.drover.agent.config;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.config.Config;
import dev.drover.config.DesiredConfig;
import dev.drover.crypto.DurableFiles;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ConfigKeyState;
import dev.drover.v1.ConfigReport;
import dev.drover.wire.DroverException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the hub desires of this agent's configuration, kept as it came, and what the agent takes of
 * it: only keys that {@link AgentConfig} marks as desirable, only values that these accept, and
 * only where the owner has not set the key. What is not taken never stops a start.
 */
public final class DesiredSettings {
  private static final int BYTES_MAX = 64 * 1024;

  private DesiredSettings() {}

  /** Returns what is kept; nothing where there is none or it is damaged. */
  public static ConfigCommand read(Path dataDir) {
    try {
      byte[] kept =
          DurableFiles.readBounded(AgentPlaces.desired(dataDir), BYTES_MAX).orElse(new byte[0]);
      return ConfigCommand.parseFrom(kept);
    } catch (InvalidProtocolBufferException | DroverException damaged) {
      return ConfigCommand.getDefaultInstance();
    }
  }

  /**
   * Keeps what the hub desires; durable on return.
   *
   * @throws dev.drover.wire.DroverException {@code DISK_FULL} or {@code STORE_FAILED}
   */
  public static void keep(Path dataDir, ConfigCommand desired) {
    DurableFiles.replace(
        AgentPlaces.desired(dataDir), desired.toByteArray(), DurableFiles.OWNER_ONLY);
  }

  /** Returns the owner's settings with what of the desired ones counts beside them. */
  public static Map<String, String> under(Map<String, String> own, ConfigCommand desired) {
    Map<String, String> values = new HashMap<>(own);
    desired
        .getValuesMap()
        .forEach(
            (key, value) -> {
              if (judge(key, value) == ConfigKeyState.CONFIG_APPLIED) {
                values.putIfAbsent(key, value);
              }
            });
    return values;
  }

  /**
   * Says what became of each desired key, without telling what the owner has set.
   *
   * @param kept what is desired
   * @param inForce the configuration that this process read at its start
   * @param next the one that it would read now, which also counts for keys that are at once
   */
  public static ConfigReport report(ConfigCommand kept, AgentConfig inForce, AgentConfig next) {
    ConfigReport.Builder report = ConfigReport.newBuilder().setVersion(kept.getVersion());
    if (kept.getVersion() == 0) {
      return report.build();
    }
    report.setSha256(DesiredConfig.sha256(kept.getValuesMap()));
    new TreeMap<>(kept.getValuesMap())
        .forEach(
            (key, value) -> {
              ConfigKeyState state = judge(key, value);
              boolean may = state == ConfigKeyState.CONFIG_APPLIED;
              report.addStates(may ? inForce(key, value, inForce, next) : state);
            });
    return report.build();
  }

  private static ConfigKeyState inForce(
      String key, String value, AgentConfig inForce, AgentConfig next) {
    if (!Config.holds(next, key, value)) {
      return ConfigKeyState.CONFIG_OVERRIDDEN;
    }
    boolean counts = Config.isAtOnce(AgentConfig.class, key) || Config.holds(inForce, key, value);
    return counts ? ConfigKeyState.CONFIG_APPLIED : ConfigKeyState.CONFIG_PENDING_RESTART;
  }

  private static ConfigKeyState judge(String key, String value) {
    if (!Config.isDesirable(AgentConfig.class, key)) {
      return ConfigKeyState.CONFIG_REFUSED_KEY;
    }
    return Config.accepts(AgentConfig.class, key, value)
        ? ConfigKeyState.CONFIG_APPLIED
        : ConfigKeyState.CONFIG_REFUSED_VALUE;
  }
}
