package dev.drover.agent.llm.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.testkit.Fuzz;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarTest {
  @Test
  void grammar_provenShape_acceptsExactlyItsAnswers() {
    Grammar grammar = Grammar.of("root ::= \"{\\\"light\\\":\" (\"true\"|\"false\") \"}\"");

    assertTrue(grammar.accepts("{\"light\":true}"));
    assertTrue(grammar.accepts("{\"light\":false}"));
    assertFalse(grammar.accepts("{\"light\":true} "));
    assertFalse(grammar.accepts("{\"light\": true}"));
    assertFalse(grammar.accepts("{\"light\":tru"));
    assertFalse(grammar.accepts(""));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      delimiter = ';',
      value = {
        "root ::= [a-c]{2,3}; ab; a",
        "root ::= [a-c]{2,3}; abc; abca",
        "root ::= [a-c]{2}; ab; abc",
        "root ::= [a-c]{2,}; abcabc; a",
        "root ::= \"ab\"*; abab; aba",
        "root ::= \"ab\"+ ; ab; ~~",
        "root ::= (\"x\"+)? \"y\"; xxy; xx",
        "root ::= [^0-9]+; a-b; a1b",
        "root ::= . . ; \uD83D\uDE00a; a",
        "root ::= \"\\x41\\u00e4\\U0001F600\"; A\u00e4\uD83D\uDE00; A",
        "root ::= [\\]\\\\a-]+; ]\\a-; b",
        "root ::= \"a\" (\"b\" | \"\") \"c\"; ac; ab",
      })
  void grammar_operators_acceptAndRefuse(String gbnf, String inside, String outside) {
    Grammar grammar = Grammar.of(gbnf);

    assertTrue(grammar.accepts(inside));
    assertFalse(grammar.accepts(outside));
  }

  @Test
  void grammar_rulesCommentsAndLineBreaks_readAsLlamaCppDoes() {
    Grammar grammar =
        Grammar.of(
            """
            # an answer
            root ::=
              item ("," item){0,2} # up to three
            item ::= ("on" |
              "off")
            """);

    assertTrue(grammar.accepts("on,off,on"));
    assertFalse(grammar.accepts("on,off,on,on"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "start ::= \"a\"",
        "root ::= nowhere",
        "root ::= \"a",
        "root ::= (\"a\"",
        "root ::= \"a\")",
        "root ::= [z-a]",
        "root ::= []",
        "root ::= \"\\q\"",
        "root ::= \"\\ud83d\"",
        "root ::= \"\\U00110000\"",
        "root ::= \"a\"{3,2}",
        "root ::= \"a\"{0}",
        "root ::= \"a\"{9999999999}",
        "root ::= \"a\"**",
        "root ::= *",
        "root = \"a\"",
        "root ::= \"a\"\nroot ::= \"b\"",
        "root ::= \"a\" root",
        "root ::= a\na ::= b\nb ::= a",
        "root ::= \"a\"\nunused ::= nowhere",
        "root ::= (\"a\"?)*",
        "root ::= \"a\" \u00e4",
        "root ::= ([a-z]{1000}){1000}",
      })
  void grammar_faulty_isRefused(String gbnf) {
    DroverException refused = assertThrows(DroverException.class, () -> Grammar.of(gbnf));

    assertEquals(ErrorCode.GRAMMAR_INVALID, refused.code());
  }

  @Test
  void grammar_deeplyNested_isRefusedWithoutStackOverflow() {
    assertRefused("root ::= " + "(".repeat(8000) + "\"a\"" + ")".repeat(8000));
  }

  @Test
  void grammar_emptyRulesThatDouble_isRefusedInTime() {
    StringBuilder gbnf = new StringBuilder("root ::= a0 a0\n");
    for (int i = 0; i < 60; i++) {
      gbnf.append("a" + i + " ::= a" + (i + 1) + " a" + (i + 1) + "\n");
    }
    assertRefused(gbnf.append("a60 ::= \"\"").toString());
  }

  @Test
  void grammar_tooLong_isRefused() {
    assertRefused("root ::= \"" + "a".repeat(17_000) + "\"");
  }

  @Test
  void matcher_pieces_tellsWhenNoMatchIsPossibleAnyMore() {
    GrammarMatcher matcher = Grammar.of("root ::= \"tru\" [e]").matcher();

    assertTrue(matcher.feed("t"));
    assertFalse(matcher.complete());
    assertTrue(matcher.feed("rue"));
    assertTrue(matcher.complete());
    assertFalse(matcher.feed("!"));
    assertFalse(matcher.complete());
  }

  @Test
  void grammar_randomBytesAndMutations_areReadOrRefusedOnly() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    String seed = "root ::= \"a\\x41\" [^b-d]{1,3} (x | \"\")+ # c\nx ::= .?\n";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(seed);
      for (int edits = random.nextInt(1, 6); edits > 0; edits--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, (char) random.nextInt(1, 128));
          case 1 -> text.deleteCharAt(at);
          default -> text.insert(at, seed.charAt(random.nextInt(seed.length())));
        }
      }
      try {
        Grammar.of(text.toString()).accepts("aA");
      } catch (DroverException refused) {
        assertEquals(ErrorCode.GRAMMAR_INVALID, refused.code());
      }
    }
  }

  private static void assertRefused(String gbnf) {
    assertEquals(
        ErrorCode.GRAMMAR_INVALID,
        assertThrows(DroverException.class, () -> Grammar.of(gbnf)).code());
  }

  @ParameterizedTest
  @CsvSource({
    "'root ::= \"running\" | \"stopped\" | \"faulty\"', r, unning",
    "'root ::= (\"a\" | \"ab\") \"c\"', a,",
    "'root ::= (\"a\" | \"ab\") \"c\"', ab, c",
    "'root ::= \"a\" [0-9]? \"b\"', a,",
    "'root ::= \"a\" [x] \"b\"', a, xb",
    "'root ::= \"a\" [^x] \"b\"', a,",
    "'root ::= \"ab\" | \"ab\" \"c\"?', a,",
    "'root ::= \"ab\" | \"a\" \"b\"', a, b",
    "'root ::= \"ab\"', ab, ''",
    "'root ::= \"ab\"', x,",
  })
  void certainEnd_isWhatTheGrammarLeavesNoChoiceAbout(String gbnf, String fed, String end) {
    GrammarMatcher matcher = Grammar.of(gbnf).matcher();
    boolean alive = matcher.feed(fed);
    assertEquals(Optional.ofNullable(end), matcher.certainEnd());
    assertEquals(alive && end != null, matcher.feed(end == null ? "?" : end) && matcher.complete());
  }

  @Test
  void grammars_damaged_areRefusedOrBounded() {
    Fuzz.text(
        30,
        List.of(
            "root ::= \"{\\\"light\\\":\" (\"true\"|\"false\") \"}\"\n",
            "root ::= one two{2,5} [^a-z]* # end\none ::= \"a\" | \"\\x41\"?\ntwo ::= [0-9]+\n"),
        Grammar::of);
  }
}
