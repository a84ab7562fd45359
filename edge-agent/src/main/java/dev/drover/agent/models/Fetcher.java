package dev.drover.agent.models;

import java.io.IOException;

/** Gets a model's bytes from one kind of source. */
interface Fetcher<S extends ModelSource> {
  /**
   * Goes on where the file ends.
   *
   * @param into the file; whole on return
   * @throws IOException why this source has to be left, in words for a person
   */
  void fetch(S source, PartialFile into) throws IOException;
}
