package dev.drover.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import org.junit.jupiter.api.function.Executable;

/** Asserts that something is refused for the right reason. */
public final class Refusals {
  private Refusals() {}

  /** Asserts that the call fails with this code and returns its message. */
  public static String assertRefused(ErrorCode code, Executable call) {
    DroverException refusal = assertThrows(DroverException.class, call);
    assertEquals(code, refusal.code(), refusal::getMessage);
    return String.valueOf(refusal.getMessage());
  }
}
