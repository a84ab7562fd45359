package dev.drover.agent.llm.grammar;

import dev.drover.agent.llm.grammar.Node.Chars;
import dev.drover.agent.llm.grammar.Node.Choice;
import dev.drover.agent.llm.grammar.Node.Range;
import dev.drover.agent.llm.grammar.Node.Reference;
import dev.drover.agent.llm.grammar.Node.Repeat;
import dev.drover.agent.llm.grammar.Node.Sequence;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the subset of GBNF: rules, literals, character classes, {@code .}, alternatives, groups,
 * {@code ? * +} and counted repetition, comments. White space follows llama.cpp's own reader, so
 * that what passes here means the same there.
 */
final class GrammarReader {
  private static final int RULES_MAX = 64;
  private static final int DEPTH_MAX = 16;
  private static final int REPEAT_MAX = 1024;
  private static final int NAME_CHARS_MAX = 64;

  private final int[] text;
  private final Map<String, Node> rules = new LinkedHashMap<>();
  private int at;
  private int depth;

  private GrammarReader(String gbnf) {
    text = gbnf.codePoints().toArray();
  }

  /** Returns the rules by name in the order of the text. */
  static Map<String, Node> read(String gbnf) {
    GrammarReader reader = new GrammarReader(gbnf);
    reader.skipSpace(true);
    while (reader.at < reader.text.length) {
      reader.rule();
    }
    return reader.rules;
  }

  private void rule() {
    String name = name();
    skipSpace(false);
    for (char c : new char[] {':', ':', '='}) {
      expect(c);
    }
    skipSpace(true);
    Node body = alternatives(false);
    if (at < text.length && text[at] != '\n' && text[at] != '\r') {
      throw error("a new line or the end was expected");
    }
    skipSpace(true);
    if (rules.putIfAbsent(name, body) != null) {
      throw error("rule " + name + " is defined twice");
    }
    if (rules.size() > RULES_MAX) {
      throw error("there are more than " + RULES_MAX + " rules");
    }
  }

  private Node alternatives(boolean nested) {
    if (++depth > DEPTH_MAX) {
      throw error("groups are nested deeper than " + DEPTH_MAX);
    }
    List<Node> options = new ArrayList<>();
    options.add(sequence(nested));
    while (at < text.length && text[at] == '|') {
      at++;
      skipSpace(true);
      options.add(sequence(nested));
    }
    depth--;
    return options.size() == 1 ? options.get(0) : new Choice(options);
  }

  private Node sequence(boolean nested) {
    List<Node> parts = new ArrayList<>();
    while (at < text.length) {
      int c = text[at];
      if (c == '"') {
        parts.add(literal());
      } else if (c == '[') {
        parts.add(charClass());
      } else if (c == '.') {
        at++;
        parts.add(new Chars(List.of(), true));
      } else if (c == '(') {
        at++;
        skipSpace(true);
        // Wrapped, so that a repetition inside a group is not taken for one without.
        parts.add(new Sequence(List.of(alternatives(true))));
        expect(')');
      } else if (isWord(c)) {
        parts.add(new Reference(name()));
      } else if (!parts.isEmpty() && (c == '?' || c == '*' || c == '+' || c == '{')) {
        parts.add(repeat(parts.remove(parts.size() - 1)));
      } else {
        break;
      }
      skipSpace(nested);
    }
    return parts.size() == 1 ? parts.get(0) : new Sequence(parts);
  }

  private Node repeat(Node part) {
    if (part instanceof Repeat) {
      throw error("a repetition cannot be repeated without a group");
    }
    switch (text[at++]) {
      case '?':
        return new Repeat(part, 0, 1);
      case '*':
        return new Repeat(part, 0, -1);
      case '+':
        return new Repeat(part, 1, -1);
      default:
        return counted(part);
    }
  }

  private Node counted(Node part) {
    skipSpace(true);
    int min = number();
    skipSpace(true);
    int max = min;
    if (at < text.length && text[at] == ',') {
      at++;
      skipSpace(true);
      max = at < text.length && text[at] == '}' ? -1 : number();
      skipSpace(true);
    }
    expect('}');
    if (max == 0 || (max > 0 && max < min)) {
      throw error("a repetition has no valid count");
    }
    return new Repeat(part, min, max);
  }

  private int number() {
    int start = at;
    int value = 0;
    while (at < text.length && text[at] >= '0' && text[at] <= '9') {
      value = value * 10 + (text[at++] - '0');
      if (value > REPEAT_MAX) {
        throw error("a repetition is counted above " + REPEAT_MAX);
      }
    }
    if (at == start) {
      throw error("a count was expected");
    }
    return value;
  }

  private Node literal() {
    List<Node> chars = new ArrayList<>();
    at++;
    while (peek() != '"') {
      int c = character();
      chars.add(new Chars(List.of(new Range(c, c)), false));
    }
    at++;
    // One node, so that a repetition after it repeats all of it, as llama.cpp does.
    return new Sequence(chars);
  }

  private Node charClass() {
    at++;
    boolean negated = peek() == '^';
    if (negated) {
      at++;
    }
    List<Range> ranges = new ArrayList<>();
    while (peek() != ']') {
      int first = character();
      int last = first;
      if (peek() == '-' && at + 1 < text.length && text[at + 1] != ']') {
        at++;
        last = character();
      }
      if (last < first) {
        throw error("a character range is upside down");
      }
      ranges.add(new Range(first, last));
    }
    at++;
    if (ranges.isEmpty()) {
      throw error("a character class is empty");
    }
    return new Chars(ranges, negated);
  }

  private int character() {
    int c = peek();
    at++;
    if (c != '\\') {
      if (c == '\n' || c == '\r') {
        throw error("a text is not closed on its line");
      }
      return c;
    }
    int escape = peek();
    at++;
    return switch (escape) {
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'n' -> '\n';
      case '\\', '"', '[', ']' -> escape;
      default -> throw error("an escape is not known");
    };
  }

  private int hex(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(peek(), 16);
      if (digit < 0 || value > (Character.MAX_CODE_POINT >> 4)) {
        throw error("an escape needs " + digits + " hexadecimal digits of a character");
      }
      value = value << 4 | digit;
      at++;
    }
    if (value > Character.MAX_CODE_POINT
        || (value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE)) {
      throw error("an escape is no character");
    }
    return value;
  }

  private String name() {
    StringBuilder name = new StringBuilder();
    while (at < text.length && isWord(text[at])) {
      name.appendCodePoint(text[at++]);
    }
    if (name.length() == 0 || name.length() > NAME_CHARS_MAX) {
      throw error("a rule name of 1 to " + NAME_CHARS_MAX + " characters was expected");
    }
    return name.toString();
  }

  private static boolean isWord(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  }

  private void skipSpace(boolean newLines) {
    while (at < text.length) {
      int c = text[at];
      if (c == '#') {
        while (at < text.length && text[at] != '\n' && text[at] != '\r') {
          at++;
        }
      } else if (c == ' ' || c == '\t' || (newLines && (c == '\n' || c == '\r'))) {
        at++;
      } else {
        return;
      }
    }
  }

  private void expect(char c) {
    if (peek() != c) {
      throw error("'" + c + "' was expected");
    }
    at++;
  }

  private int peek() {
    if (at >= text.length) {
      throw error("the text ends too early");
    }
    return text[at];
  }

  private DroverException error(String what) {
    return new DroverException(
        ErrorCode.GRAMMAR_INVALID, "The grammar is wrong at character " + at + ": " + what + ".");
  }
}
