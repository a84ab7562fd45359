package dev.drover.machine;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * Why a machine did not do what an event asked for.
 *
 * @param code the stable code
 * @param message what was refused, without user data
 * @param nextStep what a person can do, one sentence
 */
public record Refusal(ErrorCode code, String message, String nextStep) {
  /** Refuses with the next step of the code. */
  public Refusal(ErrorCode code, String message) {
    this(code, message, code.nextStep());
  }

  /** Returns what an exception says. */
  public static Refusal of(DroverException refused) {
    return new Refusal(refused.code(), String.valueOf(refused.getMessage()), refused.nextStep());
  }

  /** Returns the refusal as an exception. */
  public DroverException toException() {
    return new DroverException(code, message).withNextStep(nextStep);
  }
}
