package dev.drover.agent.core.model;

/** Why an answer ended, as far as the engine lets one know. */
public enum StopReason {
  /** The whole grammar is matched. */
  GRAMMAR_COMPLETE,
  /** The model ended, or a stop text was met; this engine does not say which. */
  END,
  /** The token limit was reached, judged by counting. */
  LENGTH,
  /** The caller cancelled; the text is what there was. */
  CANCELLED
}
