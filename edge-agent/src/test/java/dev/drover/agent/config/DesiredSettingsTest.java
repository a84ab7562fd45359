package dev.drover.agent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.agent.cli.AgentSettings;
import dev.drover.config.Config;
import dev.drover.config.DesiredConfig;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ConfigKeyState;
import dev.drover.v1.ConfigReport;
import dev.drover.wire.EgressGuard;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DesiredSettingsTest {
  @TempDir private Path directory;

  private static ConfigCommand desired(long version, Map<String, String> values) {
    return ConfigCommand.newBuilder().setVersion(version).putAllValues(values).build();
  }

  private AgentConfig start(Map<String, String> own) {
    return AgentSettings.config(Map.of(), null, directory, own);
  }

  private Map<String, ConfigKeyState> states(ConfigCommand kept, Map<String, String> own) {
    return states(kept, own, start(own));
  }

  private Map<String, ConfigKeyState> states(
      ConfigCommand kept, Map<String, String> own, AgentConfig inForce) {
    AgentConfig next = AgentSettings.own(Map.of(), null, directory, own).with(kept);
    ConfigReport report = DesiredSettings.report(kept, inForce, next);
    EgressGuard.check(report);
    assertEquals(kept.getVersion(), report.getVersion());
    assertEquals(DesiredConfig.sha256(kept.getValuesMap()), report.getSha256());
    List<String> keys = List.copyOf(new TreeSet<>(kept.getValuesMap().keySet()));
    Map<String, ConfigKeyState> states = new TreeMap<>();
    for (int i = 0; i < keys.size(); i++) {
      states.put(keys.get(i), report.getStates(i));
    }
    return states;
  }

  @Test
  void desiredSettings_countAtOnce_orFromTheNextStart() {
    AgentConfig before = start(Map.of());
    ConfigCommand none = DesiredSettings.read(directory);
    assertEquals(ConfigReport.getDefaultInstance(), DesiredSettings.report(none, before, before));

    ConfigCommand wanted =
        desired(
            3,
            Map.of(
                "content.disk-reserve",
                "1GiB",
                "heartbeat",
                "10s",
                "runtime.context-tokens",
                "1024",
                "runtime.threads",
                "0"));
    DesiredSettings.keep(directory, wanted);
    Map<String, ConfigKeyState> states = states(wanted, Map.of(), before);
    assertEquals(
        ConfigKeyState.CONFIG_PENDING_RESTART, states.remove("runtime.context-tokens"), "a load");
    states.forEach((key, state) -> assertEquals(ConfigKeyState.CONFIG_APPLIED, state, key));

    AgentConfig after = start(Map.of());
    assertEquals(10, after.heartbeat().toSeconds());
    assertEquals(1024, after.contextTokens());
    states(wanted, Map.of())
        .forEach((key, state) -> assertEquals(ConfigKeyState.CONFIG_APPLIED, state, key));
  }

  @Test
  void whatTheOwnerSet_counts_andIsNotTold() {
    Map<String, String> own = Map.of("heartbeat", "77s", "runtime.threads", "0");
    AgentConfig before = start(own);
    ConfigCommand wanted = desired(1, Map.of("heartbeat", "10s", "runtime.threads", "2"));
    DesiredSettings.keep(directory, wanted);
    assertEquals(77, start(own).heartbeat().toSeconds());
    Map<String, ConfigKeyState> overridden =
        Map.of(
            "heartbeat",
            ConfigKeyState.CONFIG_OVERRIDDEN,
            "runtime.threads",
            ConfigKeyState.CONFIG_OVERRIDDEN);
    assertEquals(overridden, states(wanted, own, before), "what the owner set is no default");
    assertEquals(overridden, states(wanted, own));
  }

  /** What a stolen hub would like to have: none of it is even looked at. */
  @Test
  void policyRootsEndpointsEgressAndApprovals_areNotTheHubs() {
    Map<String, String> greedy = new TreeMap<>();
    for (String line : Config.effective(start(Map.of()))) {
      greedy.put(line.substring(0, line.indexOf(" = ")), "1");
    }
    List<String> may =
        List.of(
            "content.disk-reserve",
            "heartbeat",
            "runtime.context-tokens",
            "runtime.load-timeout",
            "runtime.threads");
    Map<String, String> effective = new TreeMap<>(greedy);
    effective.keySet().removeAll(may);
    ConfigCommand wanted = desired(1, effective);
    DesiredSettings.keep(directory, wanted);
    AgentConfig config = start(Map.of());
    assertEquals(
        Config.effective(AgentSettings.config(Map.of(), null, directory.resolve("other"), Map.of()))
            .stream()
            .skip(1)
            .toList(),
        Config.effective(config).stream().skip(1).toList());
    states(wanted, Map.of(), config)
        .forEach((key, state) -> assertEquals(ConfigKeyState.CONFIG_REFUSED_KEY, state, key));
  }

  @Test
  void valuesThatAreNone_doNotStopTheStart() throws Exception {
    ConfigCommand wanted =
        desired(
            2, Map.of("heartbeat", "0s", "runtime.threads", "many", "runtime.context-tokens", ""));
    DesiredSettings.keep(directory, wanted);
    states(wanted, Map.of())
        .forEach((key, state) -> assertEquals(ConfigKeyState.CONFIG_REFUSED_VALUE, state, key));

    Files.write(AgentPlaces.desired(directory), new byte[] {-1, -1, 3});
    assertEquals(ConfigCommand.getDefaultInstance(), DesiredSettings.read(directory));
    assertEquals(30, start(Map.of()).heartbeat().toSeconds());
  }
}
