package dev.drover.agent.llm.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.release.AnswerSchema;
import dev.drover.testkit.Fuzz;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerGrammarTest {
  private static final AnswerSchema SCHEMA =
      schema(
          """
          {"type": "object",
           "properties": {
             "room": {"enum": ["hall", "kitchen", "room no. 3"]},
             "light": {"type": "boolean"},
             "grade": {"type": "integer", "minimum": -2, "maximum": 1}},
           "required": ["room", "light", "grade"], "additionalProperties": false}
          """);

  @Test
  void grammar_everyAnswer_isAcceptedAndReadBackAsItIs() {
    Grammar grammar = AnswerGrammar.of(SCHEMA);
    int answers = 0;
    for (int grade = -2; grade <= 1; grade++) {
      for (boolean light : new boolean[] {false, true}) {
        for (String room : List.of("hall", "kitchen", "room no. 3")) {
          String answer =
              "{\"room\":\"" + room + "\",\"light\":" + light + ",\"grade\":" + grade + "}";
          assertTrue(grammar.accepts(answer), answer);
          assertEquals(answer, AnswerGrammar.parse(SCHEMA, answer).toString());
          answers++;
        }
      }
    }
    assertEquals(Math.pow(2, SCHEMA.bits()), answers, 1e-6);
    assertFalse(grammar.accepts("{\"room\":\"hall\",\"light\":true,\"grade\":2}"));
    assertFalse(grammar.accepts("{\"room\":\"hall\", \"light\":true,\"grade\":1}"));
    assertEquals(grammar.text(), AnswerGrammar.of(SCHEMA).text());
  }

  @Test
  void afterBeginning_withBeginning_isTheWholeGrammar() {
    String beginning = AnswerGrammar.beginning(SCHEMA);
    assertEquals("{\"room\":\"", beginning);
    Grammar rest = AnswerGrammar.afterBeginning(SCHEMA);
    String answer = "{\"room\":\"hall\",\"light\":true,\"grade\":-2}";
    assertTrue(rest.accepts(answer.substring(beginning.length())));
    assertFalse(rest.accepts(answer));
    AnswerSchema flag =
        schema(
            """
            {"type": "object", "properties": {"on": {"type": "boolean"}},
             "required": ["on"], "additionalProperties": false}
            """);
    assertEquals("{\"on\":", AnswerGrammar.beginning(flag));
    assertTrue(AnswerGrammar.afterBeginning(flag).accepts("true}"));
  }

  @Test
  void parse_otherOrderAndSpaces_givesCanonicalAnswer() {
    assertEquals(
        "{\"room\":\"kitchen\",\"light\":true,\"grade\":-1}",
        AnswerGrammar.parse(SCHEMA, " {\"grade\": -1,\n\"light\" :true, \"room\":\"kitchen\"}\t")
            .toString());
  }

  @ParameterizedTest
  @CsvSource({
    "0,100",
    "7,8",
    "-5,40",
    "-1234,-17",
    "1,1999",
    "95,1005",
    "-20,-3",
    "0,999",
    "100,999",
    "8,93"
  })
  void numbers_ofRange_acceptExactlyTheRange(long min, long max) {
    Grammar grammar =
        Grammar.of("root ::= " + String.join(" | ", AnswerGrammar.numbers(min, max)) + "\n");
    for (long number = min - 150; number <= max + 150; number++) {
      boolean inside = number >= min && number <= max;
      assertEquals(inside, grammar.accepts(Long.toString(number)), Long.toString(number));
    }
    assertFalse(grammar.accepts("-0"));
    assertFalse(grammar.accepts("00"));
    assertFalse(grammar.accepts("0" + max));
  }

  @Test
  void grammar_ofLargeRange_staysSmall() {
    Grammar grammar =
        AnswerGrammar.of(
            schema(
                """
                {"type": "object", "required": ["n"], "additionalProperties": false,
                 "properties": {
                   "n": {"type": "integer", "minimum": -999999999, "maximum": 1000000000}}}
                """));

    assertTrue(grammar.accepts("{\"n\":-123456789}"));
    assertTrue(grammar.accepts("{\"n\":1000000000}"));
    assertFalse(grammar.accepts("{\"n\":1000000001}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "yes",
        "{}",
        "[true]",
        "{\"light\":true}",
        "{\"light\":1,\"room\":\"hall\",\"grade\":0}",
        "{\"light\":true,\"room\":\"attic\",\"grade\":0}",
        "{\"light\":true,\"room\":\"hall\",\"grade\":9}",
        "{\"light\":true,\"light\":true,\"room\":\"hall\",\"grade\":0}",
        "{\"light\":true,\"room\":\"hall\",\"grade\":0,\"x\":1}",
        "{\"light\":true,\"room\":\"hall\",\"grade\":99999999999999999999}",
        "{\"light\":true,\"room\":\"hall\",\"grade\":0} and more",
      })
  void parse_outsideSchema_isNoAnswer(String text) {
    assertEquals(
        ErrorCode.ANSWER_OUTSIDE_GRAMMAR,
        assertThrows(DroverException.class, () -> AnswerGrammar.parse(SCHEMA, text)).code());
  }

  private static AnswerSchema schema(String json) {
    try {
      return AnswerSchema.parse(new ObjectMapper().readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void answers_damaged_areRefused() {
    String answer = "{\"room\":\"hall\",\"light\":true,\"grade\":-2}";
    Fuzz.text(31, List.of(answer), text -> AnswerGrammar.parse(SCHEMA, text));
  }
}
