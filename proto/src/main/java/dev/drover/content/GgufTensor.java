package dev.drover.content;

import java.util.List;

/**
 * Where a tensor lies in its file. Immutable.
 *
 * @param name unique in the file
 * @param dims 1 to 4 lengths, the fastest-varying first
 * @param type how the weights are stored
 * @param offset first byte, from the start of the file
 * @param bytes length without padding
 */
public record GgufTensor(String name, List<Long> dims, GgmlType type, long offset, long bytes) {
  /** Copies the list. */
  public GgufTensor {
    dims = List.copyOf(dims);
  }

  /** Returns the number of weights. */
  public long weights() {
    return bytes / type.blockBytes() * type.blockWeights();
  }

  /** Returns the first byte after the tensor, from the start of the file. */
  public long end() {
    return offset + bytes;
  }
}
