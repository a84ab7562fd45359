package dev.drover.deploy.fleet;

/** A check did not hold; the message says what was seen instead. */
public final class CheckFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes a failure that says what was seen. */
  public CheckFailed(String message) {
    super(message);
  }
}
