package dev.drover.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Encodes floats in the ggml formats that {@link TinyGguf} writes (ggml {@code quants.c}). */
final class TinyWeights {
  private static final int BLOCK = 32;

  private TinyWeights() {}

  static byte[] encode(TinyGguf.Weights format, float[] values) {
    return switch (format) {
      case F32 -> f32(values);
      case F16 -> f16(values);
      case Q4_0 -> q4(values);
      case Q8_0 -> q8(values);
    };
  }

  static byte[] f32(float[] values) {
    ByteBuffer out = le(values.length * Float.BYTES);
    for (float value : values) {
      out.putFloat(value);
    }
    return out.array();
  }

  private static byte[] f16(float[] values) {
    ByteBuffer out = le(values.length * Short.BYTES);
    for (float value : values) {
      out.putShort(half(value));
    }
    return out.array();
  }

  private static byte[] q8(float[] values) {
    ByteBuffer out = le(values.length / BLOCK * (Short.BYTES + BLOCK));
    for (int start = 0; start < values.length; start += BLOCK) {
      float scale = Math.abs(widest(values, start)) / 127;
      out.putShort(half(scale));
      for (int i = 0; i < BLOCK; i++) {
        out.put((byte) (scale == 0 ? 0 : Math.round(values[start + i] / scale)));
      }
    }
    return out.array();
  }

  private static byte[] q4(float[] values) {
    ByteBuffer out = le(values.length / BLOCK * (Short.BYTES + BLOCK / 2));
    for (int start = 0; start < values.length; start += BLOCK) {
      float scale = widest(values, start) / -8;
      out.putShort(half(scale));
      for (int i = 0; i < BLOCK / 2; i++) {
        int low = nibble(values[start + i], scale);
        int high = nibble(values[start + i + BLOCK / 2], scale);
        out.put((byte) (low | high << 4));
      }
    }
    return out.array();
  }

  private static int nibble(float value, float scale) {
    return scale == 0 ? 8 : Math.min(15, (int) (value / scale + 8.5f));
  }

  private static float widest(float[] values, int start) {
    float widest = 0;
    for (int i = start; i < start + BLOCK; i++) {
      widest = Math.abs(values[i]) > Math.abs(widest) ? values[i] : widest;
    }
    return widest;
  }

  /** Returns the half float nearest to a value below 65,504; too small a value becomes zero. */
  static short half(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    // Adding half of the last kept place rounds to nearest; a carry moves on into the exponent.
    int magnitude = (bits & 0x7fffffff) + 0x1000;
    int exponent = (magnitude >>> 23) - 127 + 15;
    return (short) (exponent <= 0 ? sign : sign | (exponent << 10) | ((magnitude >>> 13) & 0x3ff));
  }

  private static ByteBuffer le(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
