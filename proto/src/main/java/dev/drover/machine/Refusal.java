package dev.drover.machine;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * Why a machine did not do what an event asked for.
 *
 * @param code the stable code
 * @param message what was refused, without user data
 */
public record Refusal(ErrorCode code, String message) {
  /** Returns the refusal as an exception. */
  public DroverException toException() {
    return new DroverException(code, message);
  }
}
