package dev.drover.content;

/**
 * The figures of a transformer that decide how much memory it takes. Immutable.
 *
 * @param architecture {@code general.architecture}, such as {@code llama}
 * @param blockCount layers, at least 1
 * @param embeddingLength width of the model, at least 1
 * @param feedForwardLength width of the widest inner layer; 0 when the file does not say
 * @param headCount most attention heads of a layer; 0 for models without attention
 * @param kvHeadCount heads of keys and values, summed over all layers
 * @param keyLength width of one key
 * @param valueLength width of one value
 * @param contextLength tokens that the model was trained for, at least 1
 */
public record ModelShape(
    String architecture,
    int blockCount,
    int embeddingLength,
    int feedForwardLength,
    int headCount,
    long kvHeadCount,
    int keyLength,
    int valueLength,
    long contextLength) {
  private static final int HALF_FLOAT_BYTES = 2;

  /** Returns what one token takes in a key-value cache of half floats, in bytes. */
  public long kvBytesPerToken() {
    return kvHeadCount * ((long) keyLength + valueLength) * HALF_FLOAT_BYTES;
  }
}
