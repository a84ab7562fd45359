package dev.drover.content;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The key-value pairs of a GGUF header as far as Drover needs them: numbers, short strings, short
 * lists of integers, and the lengths of all lists.
 */
final class GgufMetadata {
  private static final int MAX_PAIRS = 8192;
  private static final int MAX_KEY_BYTES = 1024;
  private static final int MAX_KEPT_TEXT_BYTES = 4096;
  private static final int MAX_KEPT_LIST = 4096;
  private static final long MAX_LIST = 1L << 24;

  private static final int TYPE_FLOAT32 = 6;
  private static final int TYPE_STRING = 8;
  private static final int TYPE_ARRAY = 9;
  private static final int TYPE_FLOAT64 = 12;

  /** Bytes of each scalar type by its number; 0 for strings and lists. */
  private static final int[] SCALAR_BYTES = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

  private final Map<String, Long> numbers = new HashMap<>();
  private final Map<String, String> texts = new HashMap<>();
  private final Map<String, List<Long>> lists = new HashMap<>();
  private final Map<String, Long> listLengths = new HashMap<>();

  static GgufMetadata read(GgufInput in, long pairs) throws IOException {
    if (pairs < 0 || pairs > MAX_PAIRS) {
      throw GgufInput.corrupt("it claims " + Long.toUnsignedString(pairs) + " metadata pairs");
    }
    GgufMetadata metadata = new GgufMetadata();
    Set<String> seen = new HashSet<>();
    for (long i = 0; i < pairs; i++) {
      String key = in.text(MAX_KEY_BYTES, "a metadata key");
      if (!seen.add(key)) {
        throw GgufInput.corrupt("a metadata key appears twice");
      }
      metadata.readValue(in, key);
    }
    return metadata;
  }

  private void readValue(GgufInput in, String key) throws IOException {
    int type = in.u32();
    if (type == TYPE_STRING) {
      texts.put(key, in.textUpTo(MAX_KEPT_TEXT_BYTES));
    } else if (type == TYPE_ARRAY) {
      readList(in, key);
    } else {
      long value = in.number(scalarBytes(type));
      if (isInteger(type)) {
        numbers.put(key, value);
      }
    }
  }

  private void readList(GgufInput in, String key) throws IOException {
    int type = in.u32();
    long length = in.count(MAX_LIST, "list elements");
    listLengths.put(key, length);
    if (type == TYPE_STRING) {
      for (long i = 0; i < length; i++) {
        in.skipText();
      }
      return;
    }
    int bytes = scalarBytes(type);
    if (!isInteger(type) || length > MAX_KEPT_LIST) {
      in.skip(length * bytes);
      return;
    }
    List<Long> values = new ArrayList<>();
    for (long i = 0; i < length; i++) {
      values.add(in.number(bytes));
    }
    lists.put(key, values);
  }

  private static int scalarBytes(int type) {
    if (type < 0 || type >= SCALAR_BYTES.length || SCALAR_BYTES[type] == 0) {
      throw GgufInput.corrupt("a metadata value has the unknown type " + type);
    }
    return SCALAR_BYTES[type];
  }

  private static boolean isInteger(int type) {
    return type != TYPE_FLOAT32 && type != TYPE_FLOAT64;
  }

  /** Returns a string, empty where it is longer than 4 KiB. */
  Optional<String> text(String key) {
    return Optional.ofNullable(texts.get(key));
  }

  /** Returns an integer of any width, read without sign. */
  Optional<Long> number(String key) {
    return Optional.ofNullable(numbers.get(key));
  }

  /** Returns a list of at most 4,096 integers. */
  Optional<List<Long>> list(String key) {
    return Optional.ofNullable(lists.get(key));
  }

  /** Returns the length of a list, 0 where there is none. */
  long listLength(String key) {
    return listLengths.getOrDefault(key, 0L);
  }

  boolean hasText(String key) {
    return texts.containsKey(key);
  }
}
