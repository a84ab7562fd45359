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
  private final String nextStep;

  /** Makes a failure from its code and what happened. */
  public DroverException(ErrorCode code, String message) {
    this(code, message, null);
  }

  /** Makes a failure from its code, what happened and what caused it. */
  public DroverException(ErrorCode code, String message, @Nullable Throwable cause) {
    this(code, message, cause, code.nextStep());
  }

  private DroverException(
      ErrorCode code, String message, @Nullable Throwable cause, String nextStep) {
    super(message, cause);
    this.code = code;
    this.nextStep = nextStep;
  }

  /**
   * Returns the same failure with another next step than its code's, for where more is known of
   * what helps.
   *
   * @param next one sentence for a person, printable ASCII
   */
  public DroverException withNextStep(String next) {
    DroverException other =
        new DroverException(code, String.valueOf(getMessage()), getCause(), next);
    other.setStackTrace(getStackTrace());
    return other;
  }

  /** Returns the stable code. */
  public ErrorCode code() {
    return code;
  }

  /** Returns one sentence that tells a person what to do. */
  public String nextStep() {
    return nextStep;
  }

  /** Returns one line for a person: code, cause and next step. */
  public String forPerson() {
    return code + ": " + getMessage() + " " + nextStep;
  }
}
