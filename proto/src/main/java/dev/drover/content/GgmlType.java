package dev.drover.content;

import java.util.Optional;

/** How the weights of a tensor are stored (ggml {@code ggml.h}, {@code ggml-common.h}). */
public enum GgmlType {
  /** 32-bit float. */
  F32(0, 1, 4),
  /** 16-bit float. */
  F16(1, 1, 2),
  /** 4 bits in blocks of 32; repacked at load by some runtimes. */
  Q4_0(2, 32, 18),
  /** 4 bits with a minimum. */
  Q4_1(3, 32, 20),
  /** 5 bits. */
  Q5_0(6, 32, 22),
  /** 5 bits with a minimum. */
  Q5_1(7, 32, 24),
  /** 8 bits. */
  Q8_0(8, 32, 34),
  /** 8 bits with a sum; intermediate. */
  Q8_1(9, 32, 36),
  /** 2 bits in super-blocks. */
  Q2_K(10, 256, 84),
  /** 3 bits in super-blocks. */
  Q3_K(11, 256, 110),
  /** 4 bits in super-blocks. */
  Q4_K(12, 256, 144),
  /** 5 bits in super-blocks. */
  Q5_K(13, 256, 176),
  /** 6 bits in super-blocks. */
  Q6_K(14, 256, 210),
  /** 8 bits in super-blocks; intermediate. */
  Q8_K(15, 256, 292),
  /** About 2 bits from a codebook. */
  IQ2_XXS(16, 256, 66),
  /** About 2.3 bits from a codebook. */
  IQ2_XS(17, 256, 74),
  /** About 3 bits from a codebook. */
  IQ3_XXS(18, 256, 98),
  /** About 1.6 bits from a codebook. */
  IQ1_S(19, 256, 50),
  /** 4 bits, not linear. */
  IQ4_NL(20, 32, 18),
  /** About 3.4 bits from a codebook. */
  IQ3_S(21, 256, 110),
  /** About 2.5 bits from a codebook. */
  IQ2_S(22, 256, 82),
  /** 4 bits, not linear, in super-blocks. */
  IQ4_XS(23, 256, 136),
  /** 8-bit integer. */
  I8(24, 1, 1),
  /** 16-bit integer. */
  I16(25, 1, 2),
  /** 32-bit integer. */
  I32(26, 1, 4),
  /** 64-bit integer. */
  I64(27, 1, 8),
  /** 64-bit float. */
  F64(28, 1, 8),
  /** About 1.75 bits from a codebook. */
  IQ1_M(29, 256, 56),
  /** 16-bit brain float. */
  BF16(30, 1, 2),
  /** Ternary, packed densely. */
  TQ1_0(34, 256, 54),
  /** Ternary, two bits each. */
  TQ2_0(35, 256, 66),
  /** 4-bit floats with a shared exponent. */
  MXFP4(39, 32, 17);

  private final int number;
  private final int blockWeights;
  private final int blockBytes;

  GgmlType(int number, int blockWeights, int blockBytes) {
    this.number = number;
    this.blockWeights = blockWeights;
    this.blockBytes = blockBytes;
  }

  /** Returns the type with this number in a file, or nothing for one that is not known here. */
  public static Optional<GgmlType> ofNumber(int number) {
    for (GgmlType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** Returns the number in files. */
  public int number() {
    return number;
  }

  /** Returns how many weights share a block; a row is a multiple of it. */
  public int blockWeights() {
    return blockWeights;
  }

  /** Returns how many bytes a block takes. */
  public int blockBytes() {
    return blockBytes;
  }
}
