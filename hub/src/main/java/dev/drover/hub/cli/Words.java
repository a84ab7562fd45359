package dev.drover.hub.cli;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An option of the form {@code a=1,b=2}. Each word is taken once; what is left is an error. */
final class Words {
  private static final Pattern DECIMAL = Pattern.compile("([0-9]{1,5})(?:\\.([0-9]{1,2}))?%?");

  private final String option;
  private final String first;
  private final Map<String, String> left;

  private Words(String option, String first, Map<String, String> left) {
    this.option = option;
    this.first = first;
    this.left = left;
  }

  static Words parse(String option, String text) {
    Map<String, String> words = new LinkedHashMap<>();
    for (String word : text.split(",", -1)) {
      int equals = word.indexOf('=');
      if (equals < 1 || words.put(word.substring(0, equals), word.substring(equals + 1)) != null) {
        throw new DroverException(
            ErrorCode.INVALID_ARGUMENT,
            option + " takes words of the form name=value, each once, divided by commas.");
      }
    }
    return new Words(option, words.keySet().iterator().next(), words);
  }

  /** Returns the constant that a word names. */
  static <T> T one(String what, String word, Map<String, T> constants) {
    T found = constants.get(word);
    if (found == null) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          what + " is one of " + String.join(", ", new TreeSet<>(constants.keySet())) + ".");
    }
    return found;
  }

  /** Returns the name of the first word. */
  String first() {
    return first;
  }

  String text(String name, String byDefault) {
    String value = left.remove(name);
    return value == null ? byDefault : value;
  }

  /** Returns a whole number. */
  long number(String name, long byDefault) {
    String value = left.remove(name);
    if (value == null) {
      return byDefault;
    }
    if (!value.matches("[0-9]{1,10}")) {
      throw bad(name, "a whole number");
    }
    return Long.parseLong(value);
  }

  /** Returns a percentage in hundredths of a percent. */
  long percent(String name, long byDefault) {
    return hundredths(name, byDefault, "a percentage with at most two decimals");
  }

  /** Returns a factor in tenths. */
  long tenths(String name, long byDefault) {
    long hundredths = hundredths(name, byDefault * 10, "a factor with at most one decimal");
    if (hundredths % 10 != 0) {
      throw bad(name, "a factor with at most one decimal");
    }
    return hundredths / 10;
  }

  private long hundredths(String name, long byDefault, String rule) {
    String value = left.remove(name);
    if (value == null) {
      return byDefault;
    }
    Matcher parts = DECIMAL.matcher(value);
    if (!parts.matches()) {
      throw bad(name, rule);
    }
    String fraction = parts.group(2) == null ? "" : parts.group(2);
    return Long.parseLong(parts.group(1)) * 100
        + (fraction.isEmpty() ? 0 : Long.parseLong((fraction + "0").substring(0, 2)));
  }

  /** Refuses words that nobody took. */
  void done() {
    if (!left.isEmpty()) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          option + " knows no " + left.keySet().iterator().next() + "; see --help.");
    }
  }

  private DroverException bad(String name, String rule) {
    return new DroverException(
        ErrorCode.INVALID_ARGUMENT, "In " + option + ", " + name + " is " + rule + ".");
  }
}
