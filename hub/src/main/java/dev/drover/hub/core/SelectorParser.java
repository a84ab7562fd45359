package dev.drover.hub.core;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the text of one {@link Selector}. Used once. */
final class SelectorParser {
  /** As much of a selector as a line of a terminal shows. */
  private static final int SHOWN_CHARS = 76;

  private final String text;
  private int at;

  SelectorParser(String text) {
    this.text = text;
  }

  List<Selector.Term> parse() {
    List<Selector.Term> terms = new ArrayList<>();
    skipSpaces();
    while (at < text.length()) {
      terms.add(term());
      skipSpaces();
      if (at == text.length()) {
        break;
      }
      expect(',', "a comma between two terms");
      skipSpaces();
      if (at == text.length()) {
        throw invalid(at, "a term is missing after the comma");
      }
    }
    return terms;
  }

  private Selector.Term term() {
    if (peek('!')) {
      at++;
      skipSpaces();
      SelectorKey key = key();
      return (device, nowMs) -> !key.isPresent(device, nowMs);
    }
    SelectorKey key = key();
    skipSpaces();
    int operatorAt = at;
    if (take("!=")) {
      Set<String> values = Set.of(value(key));
      return (device, nowMs) -> !key.hasOneOf(device, nowMs, values);
    }
    if (take("<=")) {
      return compare(key, operatorAt, (have, want) -> have <= want);
    }
    if (take(">=")) {
      return compare(key, operatorAt, (have, want) -> have >= want);
    }
    if (take("<")) {
      return compare(key, operatorAt, (have, want) -> have < want);
    }
    if (take(">")) {
      return compare(key, operatorAt, (have, want) -> have > want);
    }
    if (take("==") || take("=")) {
      Set<String> values = Set.of(value(key));
      return (device, nowMs) -> key.hasOneOf(device, nowMs, values);
    }
    return takeWord("in") || peekWord("not") ? membership(key) : key::isPresent;
  }

  private Selector.Term membership(SelectorKey key) {
    boolean negated = takeWord("not");
    if (negated) {
      skipSpaces();
      if (!takeWord("in")) {
        throw invalid(at, "the word in is missing after not");
      }
    }
    Set<String> values = values(key);
    return negated
        ? (device, nowMs) -> !key.hasOneOf(device, nowMs, values)
        : (device, nowMs) -> key.hasOneOf(device, nowMs, values);
  }

  private Set<String> values(SelectorKey key) {
    skipSpaces();
    expect('(', "an opening parenthesis before the values");
    Set<String> values = new HashSet<>();
    while (true) {
      values.add(value(key));
      skipSpaces();
      if (peek(')')) {
        at++;
        return values;
      }
      expect(',', "a comma or a closing parenthesis after a value");
    }
  }

  private Selector.Term compare(SelectorKey key, int operatorAt, SelectorKey.Order order) {
    if (!key.isNumber()) {
      throw invalid(operatorAt, key.name() + " is not a number and cannot be compared");
    }
    skipSpaces();
    int valueAt = at;
    double wanted =
        key.number(value(key)).orElseThrow(() -> invalid(valueAt, key.name() + takes(key)));
    return (device, nowMs) -> key.compares(device, nowMs, wanted, order);
  }

  private SelectorKey key() {
    int start = at;
    while (at < text.length() && isKeyChar(text.charAt(at))) {
      at++;
    }
    if (start == at) {
      throw invalid(start, "a key is missing");
    }
    return SelectorKey.of(text.substring(start, at));
  }

  private String value(SelectorKey key) {
    skipSpaces();
    int start = at;
    while (at < text.length() && isValueChar(text.charAt(at))) {
      at++;
    }
    if (start == at) {
      throw invalid(start, "a value is missing");
    }
    String value = text.substring(start, at);
    if (!key.accepts(value)) {
      throw invalid(start, key.name() + takes(key));
    }
    return value;
  }

  private static String takes(SelectorKey key) {
    return " takes " + key.takes();
  }

  private boolean takeWord(String word) {
    if (!peekWord(word)) {
      return false;
    }
    at += word.length();
    return true;
  }

  private boolean peekWord(String word) {
    int end = at + word.length();
    return text.startsWith(word, at) && (end == text.length() || !isKeyChar(text.charAt(end)));
  }

  private boolean take(String symbol) {
    if (text.startsWith(symbol, at)) {
      at += symbol.length();
      return true;
    }
    return false;
  }

  private boolean peek(char c) {
    return at < text.length() && text.charAt(at) == c;
  }

  private void expect(char c, String what) {
    if (!peek(c)) {
      throw invalid(at, what + " is missing");
    }
    at++;
  }

  private void skipSpaces() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
  }

  private static boolean isKeyChar(char c) {
    return isValueChar(c) && c != ':' && c != '+';
  }

  private static boolean isValueChar(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "._-/:+".indexOf(c) >= 0;
  }

  private DroverException invalid(int column, String why) {
    return new DroverException(
        ErrorCode.SELECTOR_INVALID,
        "At column " + (column + 1) + ", " + why + ".\n" + marked(column));
  }

  /** Returns the selector, or as much of it as a line holds, with a mark below the column. */
  private String marked(int column) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    int last = Math.max(0, line.length() - SHOWN_CHARS);
    int from = Math.min(last, Math.max(0, column - SHOWN_CHARS / 2));
    int to = Math.min(line.length(), from + SHOWN_CHARS);
    String before = from > 0 ? "…" : "";
    String after = to < line.length() ? "…" : "";
    String mark = " ".repeat(before.length() + column - from) + "^";
    return before + line.substring(from, to) + after + "\n" + mark;
  }
}
