package dev.drover.content;

import java.util.List;
import java.util.Optional;

/** Reads a {@link ModelShape} from metadata, with the defaults that llama.cpp has. */
final class GgufShape {
  private static final int MAX_BLOCKS = 4096;
  private static final int MAX_WIDTH = 1 << 20;
  private static final long MAX_CONTEXT = 1L << 31;

  private final String prefix;
  private final GgufMetadata metadata;

  private GgufShape(String prefix, GgufMetadata metadata) {
    this.prefix = prefix;
    this.metadata = metadata;
  }

  static ModelShape of(String architecture, GgufMetadata metadata) {
    return new GgufShape(architecture + ".", metadata).read(architecture);
  }

  private ModelShape read(String architecture) {
    int blocks = (int) required("block_count", MAX_BLOCKS);
    int embedding = (int) required("embedding_length", MAX_WIDTH);
    long heads = most("attention.head_count", blocks).orElse(0L);
    long headWidth = heads == 0 ? 0 : embedding / heads;
    return new ModelShape(
        architecture,
        blocks,
        embedding,
        most("feed_forward_length", blocks).orElse(0L).intValue(),
        (int) heads,
        sum("attention.head_count_kv", blocks)
            .or(() -> sum("attention.head_count", blocks))
            .orElse(0L),
        optional("attention.key_length").orElse(headWidth).intValue(),
        optional("attention.value_length").orElse(headWidth).intValue(),
        required("context_length", MAX_CONTEXT));
  }

  private long required(String key, long max) {
    long value = metadata.number(prefix + key).orElseThrow(() -> missing(key));
    if (value < 1 || value > max) {
      throw missing(key);
    }
    return value;
  }

  private Optional<Long> optional(String key) {
    return metadata.number(prefix + key).map(value -> inRange(key, value));
  }

  /** Returns the largest of a figure that is one for all layers or one for each. */
  private Optional<Long> most(String key, int blocks) {
    return perLayer(key, blocks)
        .map(values -> values.stream().mapToLong(Long::longValue).max().orElse(0))
        .or(() -> optional(key));
  }

  private Optional<Long> sum(String key, int blocks) {
    return perLayer(key, blocks)
        .map(values -> values.stream().mapToLong(Long::longValue).sum())
        .or(() -> optional(key).map(value -> value * blocks));
  }

  private Optional<List<Long>> perLayer(String key, int blocks) {
    Optional<List<Long>> values = metadata.list(prefix + key);
    values.ifPresent(
        list -> {
          if (list.size() != blocks) {
            throw missing(key);
          }
          list.forEach(value -> inRange(key, value));
        });
    return values;
  }

  private long inRange(String key, long value) {
    if (value < 0 || value > MAX_WIDTH) {
      throw missing(key);
    }
    return value;
  }

  private static RuntimeException missing(String key) {
    return GgufInput.corrupt("its " + key + " is missing or out of range");
  }
}
