package dev.drover.content;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether a model runs on a device, with the numbers behind the answer. Immutable.
 *
 * <p>The sum errs on the safe side: weights count in full although a mapped file can be dropped and
 * read again, and buffers count as if every batch were full.
 *
 * @param architecture of the model
 * @param architectureKnown whether the runtime can load it
 * @param weightsBytes the mapped file
 * @param repackBytes second copies of weights that the runtime rearranges
 * @param kvCacheBytes keys and values of the whole context, in half floats; 0 where the
 *     architecture is unknown
 * @param computeBytes estimate of the buffers of one batch; 0 where the architecture is unknown
 * @param processBytes everything else of the process
 * @param availableBytes memory that the device can give
 */
public record ModelFit(
    String architecture,
    boolean architectureKnown,
    long weightsBytes,
    long repackBytes,
    long kvCacheBytes,
    long computeBytes,
    long processBytes,
    long availableBytes) {
  private static final int FLOAT_BYTES = 4;
  private static final int STREAMS_IN_FLIGHT = 8;
  private static final int INNER_STREAMS_IN_FLIGHT = 3;
  private static final int LOGIT_COPIES = 4;
  private static final long MIB = 1L << 20;

  /** More than any device has; a sum of all parts still does not overflow. */
  private static final long ABSURD = Long.MAX_VALUE / 16;

  /**
   * How a model is to be run.
   *
   * @param contextTokens length of the context over all slots, at least 1
   * @param batchTokens tokens that are computed at once, at least 1; llama.cpp's default is 512
   * @param processBytes memory of the process without the model
   * @param availableBytes memory that may be used in all
   */
  public record Demand(int contextTokens, int batchTokens, long processBytes, long availableBytes) {
    /**
     * Checks the ranges.
     *
     * @throws DroverException {@code INVALID_ARGUMENT} if a value is out of range
     */
    public Demand {
      if (contextTokens < 1 || batchTokens < 1 || processBytes < 0 || availableBytes < 0) {
        throw new DroverException(
            ErrorCode.INVALID_ARGUMENT, "Context and batch are at least one token.");
      }
    }
  }

  /**
   * Compares a model with a runtime and a device.
   *
   * @throws DroverException {@code MODEL_CORRUPT} if the header lacks the figures of a model
   */
  public static ModelFit of(GgufHeader header, RuntimeTraits runtime, Demand demand) {
    String architecture = header.architecture();
    long weights = header.fileLength();
    long repacked = runtime.repacked().stream().mapToLong(header::tensorBytes).sum();
    if (!runtime.architectures().contains(architecture)) {
      // Its figures may go by other names, so nothing is said about its context.
      return new ModelFit(
          architecture, false, weights, repacked, 0, 0, demand.processBytes, demand.availableBytes);
    }
    ModelShape shape = header.shape();
    return new ModelFit(
        architecture,
        true,
        weights,
        repacked,
        product(shape.kvBytesPerToken(), demand.contextTokens),
        computeBytes(shape, header.vocabularySize(), demand),
        demand.processBytes,
        demand.availableBytes);
  }

  /**
   * Estimates the buffers that llama.cpp touches for a full batch: activations of one layer,
   * attention scores over the whole context, and logits. For three real models (135M, 0.5B, 1.5B)
   * the sum without weights was 1.2 to 1.3 times what was measured after a short prompt.
   */
  private static long computeBytes(ModelShape shape, long vocabulary, Demand demand) {
    long activations =
        (long) STREAMS_IN_FLIGHT * shape.embeddingLength()
            + (long) INNER_STREAMS_IN_FLIGHT * shape.feedForwardLength();
    long scores = (long) shape.headCount() * demand.contextTokens;
    long batch = Math.min(demand.batchTokens, demand.contextTokens);
    return product(batch, FLOAT_BYTES * (activations + scores))
        + LOGIT_COPIES * FLOAT_BYTES * vocabulary;
  }

  /** A header can claim figures whose product overflows; such a model must never seem to fit. */
  private static long product(long a, long b) {
    return Math.multiplyHigh(a, b) != 0 || a * b < 0 ? ABSURD : Math.min(a * b, ABSURD);
  }

  /** Returns the memory that the model needs in all. */
  public long neededBytes() {
    return weightsBytes + repackBytes + kvCacheBytes + computeBytes + processBytes;
  }

  /**
   * Returns why the model does not run: {@code MODEL_ARCHITECTURE_UNKNOWN} or {@code
   * MODEL_TOO_LARGE}; nothing if it does.
   */
  public Optional<ErrorCode> problem() {
    if (!architectureKnown) {
      return Optional.of(ErrorCode.MODEL_ARCHITECTURE_UNKNOWN);
    }
    return neededBytes() > availableBytes
        ? Optional.of(ErrorCode.MODEL_TOO_LARGE)
        : Optional.empty();
  }

  /** Returns whether the model runs. */
  public boolean fits() {
    return problem().isEmpty();
  }

  /**
   * Does nothing if the model runs.
   *
   * @throws DroverException with {@link #problem()} and {@link #summary()} if it does not
   */
  public void require() {
    problem()
        .ifPresent(
            code -> {
              throw new DroverException(code, summary());
            });
  }

  /** Returns one sentence with the numbers, in MiB. */
  public String summary() {
    if (!architectureKnown) {
      return "This runtime does not know the architecture " + architecture + ".";
    }
    return String.format(
        Locale.ROOT,
        "The model needs %d MiB (weights %d, repacked %d, context %d, buffers %d, process %d);"
            + " %d MiB are available.",
        mib(neededBytes()),
        mib(weightsBytes),
        mib(repackBytes),
        mib(kvCacheBytes),
        mib(computeBytes),
        mib(processBytes),
        mib(availableBytes));
  }

  private static long mib(long bytes) {
    return (bytes + MIB - 1) / MIB;
  }
}
