package dev.drover.agent.core.model;

/** Receives an answer piece by piece. */
@FunctionalInterface
public interface TextListener {
  /** Ignores the pieces. */
  TextListener NONE = piece -> {};

  /**
   * Called on the runtime's own thread for every piece, in order, whole characters only. It must
   * not block: nothing else is generated meanwhile. What it throws ends the generation.
   *
   * @param piece not empty; under a grammar, so far a prefix of a match
   */
  void onText(String piece);
}
