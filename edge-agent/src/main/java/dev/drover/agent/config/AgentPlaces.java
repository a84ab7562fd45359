package dev.drover.agent.config;

import java.nio.file.Path;

/** Where things lie in an agent's data directory. */
public final class AgentPlaces {
  private AgentPlaces() {}

  /** Returns where the identity lies. */
  public static Path identity(Path dataDir) {
    return dataDir.resolve("identity");
  }

  /** Returns where the store lies. */
  public static Path store(Path dataDir) {
    return dataDir.resolve("store");
  }

  /** Returns where files of releases lie, by their digest. */
  public static Path content(Path dataDir) {
    return dataDir.resolve("content");
  }

  /** Returns where the native library of the model runtime lies. */
  public static Path nativeLibrary(Path dataDir) {
    return dataDir.resolve("native");
  }

  /** Returns where lies what the hub desires of the configuration. */
  public static Path desired(Path dataDir) {
    return dataDir.resolve("desired");
  }

  /** Returns where verified release metadata lies. */
  public static Path trust(Path dataDir) {
    return dataDir.resolve("trust");
  }
}
