package dev.drover.content;

import java.util.Set;

/**
 * What a model runtime can load, as far as a file's header decides it.
 *
 * @param architectures values of {@code general.architecture} that it knows
 * @param repacked types of which it keeps a second copy in memory
 */
public record RuntimeTraits(Set<String> architectures, Set<GgmlType> repacked) {
  /** Copies the sets. */
  public RuntimeTraits {
    architectures = Set.copyOf(architectures);
    repacked = Set.copyOf(repacked);
  }
}
