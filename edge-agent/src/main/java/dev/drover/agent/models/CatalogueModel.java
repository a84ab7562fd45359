package dev.drover.agent.models;

import java.util.List;

/**
 * A model that Drover knows by name.
 *
 * @param id short name for commands
 * @param name with its quantisation
 * @param sha256 of the file, 64 lower-case hexadecimal digits
 * @param bytes of the file
 * @param licence SPDX identifier
 * @param architecture as in the file's header
 * @param memoryBytes resident memory of an agent's model with 2,048 tokens of context, as measured
 * @param sources in the order in which they are tried
 */
public record CatalogueModel(
    String id,
    String name,
    String sha256,
    long bytes,
    String licence,
    String architecture,
    long memoryBytes,
    List<ModelSource> sources) {
  /** Copies the list. */
  public CatalogueModel {
    sources = List.copyOf(sources);
  }

  /** Returns the same model with other sources. */
  public CatalogueModel from(List<ModelSource> others) {
    return new CatalogueModel(id, name, sha256, bytes, licence, architecture, memoryBytes, others);
  }
}
