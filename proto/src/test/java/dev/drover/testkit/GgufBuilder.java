package dev.drover.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes GGUF files byte by byte (ggml {@code docs/gguf.md}, versions 2 and 3, little-endian).
 *
 * <p>It writes what it is told, valid or not, so that tests of readers can make any malformed file
 * from it. Not thread-safe.
 */
public final class GgufBuilder {
  /** Metadata value types of the format. */
  public static final int UINT8 = 0;

  /** 32-bit unsigned. */
  public static final int UINT32 = 4;

  /** 32-bit signed. */
  public static final int INT32 = 5;

  /** 32-bit float. */
  public static final int FLOAT32 = 6;

  /** One byte, 0 or 1. */
  public static final int BOOL = 7;

  /** 64-bit length, then UTF-8 bytes. */
  public static final int STRING = 8;

  /** Element type, 64-bit count, then the elements. */
  public static final int ARRAY = 9;

  /** 64-bit unsigned. */
  public static final int UINT64 = 10;

  private final List<byte[]> pairs = new ArrayList<>();
  private final List<Tensor> tensors = new ArrayList<>();
  private int version = 3;
  private int alignment = 32;

  private record Tensor(String name, int type, long[] dims, byte[] data) {}

  /** Sets the format version; 3 unless set. */
  public GgufBuilder version(int value) {
    version = value;
    return this;
  }

  /** Sets the alignment of tensor data in bytes and writes {@code general.alignment}. */
  public GgufBuilder alignment(int bytes) {
    alignment = bytes;
    return u32("general.alignment", bytes);
  }

  /** Adds an unsigned 32-bit value. */
  public GgufBuilder u32(String key, int value) {
    return raw(key, UINT32, le(4).putInt(value).array());
  }

  /** Adds an unsigned 64-bit value. */
  public GgufBuilder u64(String key, long value) {
    return raw(key, UINT64, le(8).putLong(value).array());
  }

  /** Adds a 32-bit float. */
  public GgufBuilder f32(String key, float value) {
    return raw(key, FLOAT32, le(4).putFloat(value).array());
  }

  /** Adds a boolean. */
  public GgufBuilder bool(String key, boolean value) {
    return raw(key, BOOL, new byte[] {(byte) (value ? 1 : 0)});
  }

  /** Adds a string. */
  public GgufBuilder string(String key, String value) {
    return raw(key, STRING, stringBytes(value));
  }

  /** Adds an array of strings. */
  public GgufBuilder strings(String key, List<String> values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(arrayHead(STRING, values.size()));
    values.forEach(v -> out.writeBytes(stringBytes(v)));
    return raw(key, ARRAY, out.toByteArray());
  }

  /** Adds an array of 32-bit floats. */
  public GgufBuilder floats(String key, float[] values) {
    ByteBuffer out = le(12 + 4 * values.length).put(arrayHead(FLOAT32, values.length));
    for (float value : values) {
      out.putFloat(value);
    }
    return raw(key, ARRAY, out.array());
  }

  /** Adds an array of signed 32-bit integers. */
  public GgufBuilder ints(String key, int[] values) {
    ByteBuffer out = le(12 + 4 * values.length).put(arrayHead(INT32, values.length));
    for (int value : values) {
      out.putInt(value);
    }
    return raw(key, ARRAY, out.array());
  }

  /** Adds a value of any type from its encoded bytes. */
  public GgufBuilder raw(String key, int type, byte[] encoded) {
    byte[] name = stringBytes(key);
    pairs.add(le(name.length + 4 + encoded.length).put(name).putInt(type).put(encoded).array());
    return this;
  }

  /** Returns the encoded start of an array value: element type and count. */
  public static byte[] arrayHead(int elementType, long count) {
    return le(12).putInt(elementType).putLong(count).array();
  }

  /**
   * Adds a tensor.
   *
   * @param type ggml type number
   * @param dims fastest-varying dimension first
   * @param data the encoded weights; not checked against type and dims
   */
  public GgufBuilder tensor(String name, int type, long[] dims, byte[] data) {
    tensors.add(new Tensor(name, type, dims.clone(), data));
    return this;
  }

  /** Returns the whole file. */
  public byte[] build() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {'G', 'G', 'U', 'F'});
    out.writeBytes(le(20).putInt(version).putLong(tensors.size()).putLong(pairs.size()).array());
    pairs.forEach(out::writeBytes);
    long offset = 0;
    for (Tensor tensor : tensors) {
      out.writeBytes(stringBytes(tensor.name));
      ByteBuffer info = le(4 + 8 * tensor.dims.length + 12).putInt(tensor.dims.length);
      for (long dim : tensor.dims) {
        info.putLong(dim);
      }
      out.writeBytes(info.putInt(tensor.type).putLong(offset).array());
      offset += aligned(tensor.data.length);
    }
    pad(out);
    for (Tensor tensor : tensors) {
      out.writeBytes(tensor.data);
      pad(out);
    }
    return out.toByteArray();
  }

  private long aligned(long length) {
    return (length + alignment - 1) / alignment * alignment;
  }

  private void pad(ByteArrayOutputStream out) {
    out.writeBytes(new byte[(int) (aligned(out.size()) - out.size())]);
  }

  private static byte[] stringBytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return le(8 + utf8.length).putLong(utf8.length).put(utf8).array();
  }

  private static ByteBuffer le(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
