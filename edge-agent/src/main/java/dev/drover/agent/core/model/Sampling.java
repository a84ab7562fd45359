package dev.drover.agent.core.model;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * How tokens are chosen.
 *
 * @param seed of the draw, 0 to 2^31-1; the same seed, prompt and engine give the same text
 * @param temperature 0 (always the likeliest) to 2
 * @param ignoreEnd whether to go on after the model's end token; for measuring
 */
public record Sampling(int seed, float temperature, boolean ignoreEnd) {
  private static final float TEMPERATURE_MAX = 2f;

  /** Always the likeliest token. */
  public static final Sampling GREEDY = new Sampling(0, 0f, false);

  /** Checks the ranges; a value outside them is {@code INVALID_ARGUMENT}. */
  public Sampling {
    if (seed < 0) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The seed must not be negative.");
    }
    // Written so that NaN fails too: it would not be JSON, and engines abort over that.
    if (!(temperature >= 0f && temperature <= TEMPERATURE_MAX)) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "The temperature must be 0 to " + TEMPERATURE_MAX + ".");
    }
  }

  /** Returns a draw from a seed at a temperature. */
  public static Sampling of(int seed, float temperature) {
    return new Sampling(seed, temperature, false);
  }
}
