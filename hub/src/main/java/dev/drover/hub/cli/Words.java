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
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
  private static final Pattern WHOLE_PERCENT = Pattern.compile("([0-9]{1,3})%?");
  private static final Pattern DECIMAL = Pattern.compile("([0-9]{1,5})(?:\\.([0-9]{1,2}))?(%?)");

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
    return number(name, byDefault, Long.MAX_VALUE, "a whole number of at most 18 digits");
  }

  /** Returns a whole number that an {@code int} holds. */
  int count(String name, int byDefault) {
    int max = Integer.MAX_VALUE;
    return Math.toIntExact(number(name, byDefault, max, "a whole number up to " + max));
  }

  private long number(String name, long byDefault, long max, String rule) {
    String value = left.remove(name);
    if (value == null) {
      return byDefault;
    }
    if (!NUMBER.matcher(value).matches() || Long.parseLong(value) > max) {
      throw bad(name, rule);
    }
    return Long.parseLong(value);
  }

  /** Returns a percentage without decimals, of which nothing is cut. */
  int wholePercent(String name, int byDefault, int min) {
    String value = left.remove(name);
    if (value == null) {
      return byDefault;
    }
    Matcher parts = WHOLE_PERCENT.matcher(value);
    int percent = parts.matches() ? Integer.parseInt(parts.group(1)) : -1;
    if (percent < min || percent > 100) {
      throw bad(name, "a whole percentage, " + min + " to 100");
    }
    return percent;
  }

  /** Returns a percentage in hundredths of a percent. */
  int percent(String name, int byDefault) {
    return hundredths(name, byDefault, true, "a percentage with at most two decimals");
  }

  /** Returns a factor in tenths. */
  int tenths(String name, int byDefault) {
    String rule = "a factor with at most one decimal";
    int hundredths = hundredths(name, byDefault * 10, false, rule);
    if (hundredths % 10 != 0) {
      throw bad(name, rule);
    }
    return hundredths / 10;
  }

  private int hundredths(String name, int byDefault, boolean percent, String rule) {
    String value = left.remove(name);
    if (value == null) {
      return byDefault;
    }
    Matcher parts = DECIMAL.matcher(value);
    if (!parts.matches() || (!percent && !parts.group(3).isEmpty())) {
      throw bad(name, rule);
    }
    String fraction = parts.group(2) == null ? "" : parts.group(2);
    return Integer.parseInt(parts.group(1)) * 100
        + (fraction.isEmpty() ? 0 : Integer.parseInt((fraction + "0").substring(0, 2)));
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
