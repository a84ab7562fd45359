package dev.drover.config;

import java.nio.file.Path;
import java.util.Map;

/** Where things lie on a user's machine where nothing else is said. */
public final class Places {
  private Places() {}

  /** Returns the user's home: {@code $HOME}, else what the JVM knows of the user. */
  public static Path home(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", "");
    return Path.of(home.isEmpty() ? System.getProperty("user.home", ".") : home);
  }

  /** Returns what can be made again: {@code $DROVER_CACHE}, else {@code ~/.cache/drover}. */
  public static Path cache(Map<String, String> environment) {
    return named(environment, "DROVER_CACHE", Path.of(".cache", "drover"));
  }

  /** Returns the agent's data: {@code $DROVER_AGENT_DATA}, else {@code ~/.drover/agent}. */
  public static Path agentData(Map<String, String> environment) {
    return named(environment, "DROVER_AGENT_DATA", Path.of(".drover", "agent"));
  }

  /** Returns the hub's data: {@code ~/.drover/hub}. */
  public static Path hubData(Map<String, String> environment) {
    return home(environment).resolve(Path.of(".drover", "hub"));
  }

  /** Returns an operator's credentials: {@code $DROVER_OPERATOR}, else {@code operator.pem}. */
  public static Path operatorFile(Map<String, String> environment) {
    return named(environment, "DROVER_OPERATOR", Path.of(".drover", "operator.pem"));
  }

  private static Path named(Map<String, String> environment, String name, Path inHome) {
    String given = environment.getOrDefault(name, "");
    return given.isEmpty() ? home(environment).resolve(inHome) : Path.of(given);
  }
}
