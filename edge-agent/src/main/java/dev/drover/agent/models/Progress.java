package dev.drover.agent.models;

/** Hears how far something long is. Called often, from one thread. */
public interface Progress {
  /** Hears nothing. */
  Progress NONE = (what, done, total) -> {};

  /**
   * Something went on.
   *
   * @param what is being done, a few words; a new text begins something new
   * @param done bytes so far
   * @param total bytes in all
   */
  void at(String what, long done, long total);

  /** Says a line for a person, such as why a source was left. */
  default void note(String line) {}
}
