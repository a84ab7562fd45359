package dev.drover.agent.core.model;

import java.util.Set;

/**
 * What an engine can do, so that callers ask instead of knowing engines.
 *
 * @param engine name and version of the engine, for logs and reports
 * @param logProbabilities whether it reports probabilities of tokens
 * @param prefixState whether the state after a prompt can be saved and restored
 * @param runtimeAdapters whether adapters can change without a new load
 * @param reload whether a second model can be loaded in the same process
 * @param architectures values of {@code general.architecture} that it knows
 */
public record Capabilities(
    String engine,
    boolean logProbabilities,
    boolean prefixState,
    boolean runtimeAdapters,
    boolean reload,
    Set<String> architectures) {
  /** Copies the set. */
  public Capabilities {
    architectures = Set.copyOf(architectures);
  }
}
