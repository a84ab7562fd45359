package dev.drover.agent.llm;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Bounds of a runtime.
 *
 * @param nativeDirectory own directory for the unpacked native library; made when missing
 * @param queueMax calls that may wait, 1 or more; a further one is refused
 * @param loadLimit time for a load before the engine counts as stuck
 * @param tokenLimit time for one token or small call before the engine counts as stuck
 * @param promptTokenLimit time granted on top for each token of a prompt
 * @param closeLimit time that {@code close} waits for the owner
 */
public record RuntimeSettings(
    Path nativeDirectory,
    int queueMax,
    Duration loadLimit,
    Duration tokenLimit,
    Duration promptTokenLimit,
    Duration closeLimit) {
  /**
   * Returns bounds that fit slow boards: 10 minutes to load, 30 s a token, 0.5 s a prompt token.
   */
  public static RuntimeSettings defaults(Path nativeDirectory) {
    return new RuntimeSettings(
        nativeDirectory,
        8,
        Duration.ofMinutes(10),
        Duration.ofSeconds(30),
        Duration.ofMillis(500),
        Duration.ofSeconds(10));
  }
}
