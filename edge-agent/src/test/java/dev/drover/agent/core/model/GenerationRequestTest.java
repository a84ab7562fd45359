package dev.drover.agent.core.model;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class GenerationRequestTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final GenerationRequest REQUEST = GenerationRequest.of("what now", 20, SECOND);

  @Test
  void request_ofPromptTokensAndDeadline_isGreedyFreeTextThatMayReuseAPrefix() {
    assertEquals("what now", REQUEST.prompt());
    assertEquals(20, REQUEST.tokensMax());
    assertEquals(SECOND, REQUEST.deadline());
    assertEquals(Sampling.GREEDY, REQUEST.sampling());
    assertNull(REQUEST.grammar());
    assertEquals(List.of(), REQUEST.stop());
    assertTrue(REQUEST.reusePrefix());
  }

  @Test
  void with_changesOnePartAndKeepsTheOthers() {
    Sampling draw = Sampling.of(7, 1f);
    GenerationRequest changed =
        REQUEST.withGrammar("root ::= \"a\"").withSampling(draw).withStop(List.of("."));
    assertEquals(
        new GenerationRequest("what now", 20, draw, "root ::= \"a\"", List.of("."), SECOND, true),
        changed);
    GenerationRequest alone = changed.withoutPrefix();
    assertFalse(alone.reusePrefix());
    assertEquals(
        new GenerationRequest("what now", 20, draw, "root ::= \"a\"", List.of("."), SECOND, false),
        alone);
  }

  @Test
  void prompt_emptyOrOverOneMebi_isRefused() {
    refused(() -> GenerationRequest.of("", 20, SECOND));
    String longest = "x".repeat(1 << 20);
    assertEquals(longest, GenerationRequest.of(longest, 20, SECOND).prompt());
    refused(() -> GenerationRequest.of(longest + "x", 20, SECOND));
  }

  @Test
  void tokens_outsideTheirRange_areRefused() {
    refused(() -> GenerationRequest.of("x", 0, SECOND));
    assertEquals(1, GenerationRequest.of("x", 1, SECOND).tokensMax());
    assertEquals(32_768, GenerationRequest.of("x", 32_768, SECOND).tokensMax());
    refused(() -> GenerationRequest.of("x", 32_769, SECOND));
  }

  @Test
  void stop_tooManyOrNotOneTo64Characters_isRefused() {
    assertDoesNotThrow(() -> REQUEST.withStop(Collections.nCopies(8, "x")));
    refused(() -> REQUEST.withStop(Collections.nCopies(9, "x")));
    assertDoesNotThrow(() -> REQUEST.withStop(List.of("x", "x".repeat(64))));
    refused(() -> REQUEST.withStop(List.of("x", "x".repeat(65))));
    refused(() -> REQUEST.withStop(List.of("x", "")));
  }

  @Test
  void stop_changedByTheCallerLater_staysAsItWas() {
    List<String> texts = new ArrayList<>(List.of("a"));
    GenerationRequest request = REQUEST.withStop(texts);
    texts.add("b");
    assertEquals(List.of("a"), request.stop());
  }

  @Test
  void deadline_underAMillisecondOrOverAnHour_isRefused() {
    refused(() -> GenerationRequest.of("x", 1, Duration.ofNanos(999_999)));
    Duration shortest = Duration.ofMillis(1);
    assertEquals(shortest, GenerationRequest.of("x", 1, shortest).deadline());
    Duration longest = Duration.ofHours(1);
    assertEquals(longest, GenerationRequest.of("x", 1, longest).deadline());
    refused(() -> GenerationRequest.of("x", 1, longest.plusNanos(1)));
  }

  private static void refused(Executable request) {
    DroverException refusal = assertThrows(DroverException.class, request);
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal.code());
  }
}
