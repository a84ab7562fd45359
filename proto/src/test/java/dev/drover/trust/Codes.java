package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import org.junit.jupiter.api.function.Executable;

/** What an action fails with. */
final class Codes {
  private Codes() {}

  static ErrorCode of(Executable action) {
    return assertThrows(DroverException.class, action).code();
  }
}
