package dev.drover.agent.core.model;

/** How the vectors of a text's tokens become one vector. */
public enum EmbeddingPooling {
  /** The model is loaded without embeddings. */
  NONE,
  /** The vector of the last token; the choice for generative models. */
  LAST,
  /** The vector of the first token; for models trained with a classification token. */
  CLS,
  /** The average; an engine may refuse it, because some abort the process over it. */
  MEAN
}
