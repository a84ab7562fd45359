package dev.drover.machine.runtime;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * The medium failed, as opposed to a machine that refuses. An engine that meets one while it writes
 * acknowledges nothing more.
 */
public final class StoreFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /**
   * Makes a failure.
   *
   * @param code {@link ErrorCode#DISK_FULL} or {@link ErrorCode#STORE_FAILED}
   * @param message what failed, without user data
   * @param cause what the medium said, if anything
   */
  public StoreFailure(ErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** Returns what is told to callers. */
  public ErrorCode code() {
    return code;
  }

  /** Returns the failure for callers outside the engine. */
  public DroverException toException() {
    return new DroverException(code, String.valueOf(getMessage()), this);
  }
}
