package dev.drover.wire;

import org.jspecify.annotations.Nullable;

/**
 * A failure with a stable code, a cause in words and a next step.
 *
 * <p>The message names what failed and never contains user data or secrets, so that it may be
 * logged and shown.
 */
public final class DroverException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /** Makes a failure from its code and what happened. */
  public DroverException(ErrorCode code, String message) {
    this(code, message, null);
  }

  /** Makes a failure from its code, what happened and what caused it. */
  public DroverException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** Returns the stable code. */
  public ErrorCode code() {
    return code;
  }

  /** Returns one line for a person: code, cause and next step. */
  public String forPerson() {
    return code + ": " + getMessage() + " " + code.nextStep();
  }
}
