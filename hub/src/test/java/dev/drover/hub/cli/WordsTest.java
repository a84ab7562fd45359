package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A word means the number that was typed, or it is refused. */
class WordsTest {
  private static Words words(String value) {
    return Words.parse("--option", "word=" + value);
  }

  private static void refused(String value, String rule, ToLongFunction<Words> read) {
    Words words = words(value);
    DroverException refusal =
        assertThrows(DroverException.class, () -> read.applyAsLong(words), value);
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal.code());
    assertEquals("In --option, word is " + rule + ".", refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"2147483648", "4294967297", "99999999999999999999", "-1", "1.5", "x", ""})
  void count_thatNoIntHolds_isRefused(String value) {
    refused(value, "a whole number up to 2147483647", words -> words.count("word", 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1000000000000000000", "18446744073709551617", "-1", "1.5", "+1", ""})
  void number_thatNoLongHolds_isRefused(String value) {
    refused(value, "a whole number of at most 18 digits", words -> words.number("word", 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.5", "99.9", "99.9%", "100.0", "101", "4294967391", "-5", "%", ""})
  void wholePercent_withAFractionOrOutOfRange_isRefused(String value) {
    refused(value, "a whole percentage, 1 to 100", words -> words.wholePercent("word", 1, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.234", "4294967.29", "-1", "1%%", ".5", "5.", ""})
  void percent_withMoreDecimalsOrDigits_isRefused(String value) {
    refused(value, "a percentage with at most two decimals", words -> words.percent("word", 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.55", "1.5%", "429496.7", "-2", "x", ""})
  void tenths_withMoreDecimalsOrAPercentSign_areRefused(String value) {
    refused(value, "a factor with at most one decimal", words -> words.tenths("word", 20));
  }

  @Test
  void words_atTheirBounds_areWhatWasTyped() {
    assertEquals(Integer.MAX_VALUE, words("2147483647").count("word", 0));
    assertEquals(999_999_999_999_999_999L, words("999999999999999999").number("word", 0));
    assertEquals(0, words("0").wholePercent("word", 1, 0));
    assertEquals(1, words("1%").wholePercent("word", 5, 1));
    assertEquals(100, words("100").wholePercent("word", 5, 1));
    assertEquals(9_999_999, words("99999.99%").percent("word", 0));
    assertEquals(10, words("0.1").percent("word", 0));
    assertEquals(15, words("1.50").tenths("word", 20));
  }

  @Test
  void words_thatAreMissing_areTheDefault() {
    Words words = words("1");
    assertEquals(7, words.count("other", 7));
    assertEquals(7, words.number("other", 7));
    assertEquals(7, words.wholePercent("other", 7, 0));
    assertEquals(7, words.percent("other", 7));
    assertEquals(7, words.tenths("other", 7));
  }
}
