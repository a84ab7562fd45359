package dev.drover.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class StepTest {
  private static final byte[] SOME = {1};

  @Test
  void builder_overALimit_refused() {
    Step.Builder step = Step.builder();
    for (int i = 0; i < MachineLimits.STEP_EFFECTS_MAX; i++) {
      step.send("m", "k", SOME);
    }
    assertCode(ErrorCode.LIMIT_EXCEEDED, () -> step.send("m", "k", SOME));
    assertCode(
        ErrorCode.LIMIT_EXCEEDED, () -> step.put("r", new byte[MachineLimits.ROW_BYTES_MAX + 1]));
    assertCode(
        ErrorCode.LIMIT_EXCEEDED,
        () -> step.timer("t", 1, new byte[MachineLimits.EVENT_BYTES_MAX + 1]));
    assertCode(ErrorCode.LIMIT_EXCEEDED, () -> step.put("r".repeat(513), SOME));
    assertCode(ErrorCode.LIMIT_EXCEEDED, () -> step.put("\u00e4".repeat(257), SOME));
  }

  @Test
  void builder_badNames_refused() {
    Step.Builder step = Step.builder();
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> step.put("", SOME));
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> step.put("a\0b", SOME));
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> step.put("\ud800", SOME));
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> step.send("Machine", "k", SOME));
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> step.effect(Effect.SEND, "m|k", SOME));
    assertCode(ErrorCode.INVALID_ARGUMENT, () -> step.effect("two words", "t", SOME));
  }

  @Test
  void send_keyWithBars_comesApartAgain() {
    Effect effect = Effect.send("execution", "tenant|device", SOME);
    assertEquals("execution", effect.sendMachine());
    assertEquals("tenant|device", effect.sendKey());
  }

  private static void assertCode(ErrorCode code, Executable body) {
    assertEquals(code, assertThrows(DroverException.class, body).code());
  }
}
