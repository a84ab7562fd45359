package dev.drover.deploy.demo;

/** A check of the demo did not hold; the message says what was seen instead. */
final class CheckFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CheckFailed(String message) {
    super(message);
  }
}
