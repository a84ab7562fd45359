package dev.drover.agent.llm.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.release.AnswerProperty;
import dev.drover.release.AnswerSchema;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * Ties answer schemas to what a model writes: the grammar that allows exactly the answers of a
 * schema, and the way back from a text to an answer. Deterministic, thread-safe.
 */
public final class AnswerGrammar {
  private static final int LISTED_MAX = 16;
  private static final int ANSWER_CHARS_MAX = 8 * 1024;

  private AnswerGrammar() {}

  /** Returns the grammar: properties in the schema's order, no white space between tokens. */
  public static Grammar of(AnswerSchema schema) {
    return grammar(schema, literal(beginning(schema)) + " ");
  }

  /**
   * Returns what every answer begins with, up to the first choice. Put at the end of a prompt it
   * need not be generated; then {@link #afterBeginning} is the grammar.
   */
  public static String beginning(AnswerSchema schema) {
    AnswerProperty first = schema.properties().get(0);
    return "{" + StrictJson.quote(first.name()) + ":" + quoteOf(first);
  }

  /** Returns the grammar of what follows {@link #beginning}. */
  public static Grammar afterBeginning(AnswerSchema schema) {
    return grammar(schema, "");
  }

  private static Grammar grammar(AnswerSchema schema, String start) {
    StringBuilder root = new StringBuilder("root ::= ").append(start);
    StringBuilder rules = new StringBuilder();
    List<AnswerProperty> properties = schema.properties();
    for (int i = 0; i < properties.size(); i++) {
      AnswerProperty property = properties.get(i);
      if (i > 0) {
        root.append(literal("," + StrictJson.quote(property.name()) + ":" + quoteOf(property)));
      }
      root.append(" v").append(i).append(' ');
      String end = quoteOf(property) + (i == properties.size() - 1 ? "}" : "");
      if (!end.isEmpty()) {
        root.append(literal(end)).append(' ');
      }
      rules.append('v').append(i).append(" ::= ").append(alternatives(property)).append('\n');
    }
    return Grammar.of(root.append('\n').append(rules).toString());
  }

  /** Returns what stands around the value of a property. */
  private static String quoteOf(AnswerProperty property) {
    return property.kind() == AnswerProperty.Kind.CHOICE ? "\"" : "";
  }

  /**
   * Reads an answer; white space between its tokens does not matter.
   *
   * @param text what the model said
   * @return exactly the schema's properties in its order; its {@code toString} is canonical
   * @throws DroverException {@code ANSWER_OUTSIDE_GRAMMAR} where it is no answer of the schema
   */
  public static ObjectNode parse(AnswerSchema schema, String text) {
    JsonNode json;
    try {
      json = StrictJson.read(text, ANSWER_CHARS_MAX);
    } catch (DroverException malformed) {
      throw new DroverException(
          ErrorCode.ANSWER_OUTSIDE_GRAMMAR, "The model's answer is not one JSON value.");
    }
    // Encoding is the check that every value is one of the schema's.
    schema.encode(json);
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    for (AnswerProperty property : schema.properties()) {
      answer.set(property.name(), json.path(property.name()));
    }
    return answer;
  }

  private static String alternatives(AnswerProperty property) {
    return switch (property.kind()) {
      case FLAG -> "\"true\" | \"false\"";
      case CHOICE ->
          String.join(" | ", property.choices().stream().map(v -> literal(unquoted(v))).toList());
      case NUMBER -> String.join(" | ", numbers(property.min(), property.max()));
    };
  }

  private static String unquoted(String value) {
    String quoted = StrictJson.quote(value);
    return quoted.substring(1, quoted.length() - 1);
  }

  /** Returns alternatives for all whole numbers from min to max, without leading zeros. */
  static List<String> numbers(long min, long max) {
    List<String> options = new ArrayList<>();
    if (max - min < LISTED_MAX) {
      for (long number = min; number <= max; number++) {
        options.add(literal(Long.toString(number)));
      }
      return options;
    }
    if (min < 0) {
      List<String> magnitudes = new ArrayList<>();
      addMagnitudes(Math.max(1, -max), -min, magnitudes);
      options.add("\"-\" (" + String.join(" | ", magnitudes) + ")");
    }
    if (max >= 0) {
      addMagnitudes(Math.max(0, min), max, options);
    }
    return options;
  }

  /** Splits a range where the number of digits changes. */
  private static void addMagnitudes(long min, long max, List<String> options) {
    long low = min;
    while (low <= max) {
      long limit = 9;
      while (limit < low) {
        limit = limit * 10 + 9;
      }
      long high = Math.min(limit, max);
      addSameLength(Long.toString(low), Long.toString(high), "", options);
      low = high + 1;
    }
  }

  /** Adds patterns for all texts of digits between two of the same length. */
  private static void addSameLength(String low, String high, String prefix, List<String> options) {
    int free = low.length() - 1;
    boolean lowOpen = low.substring(1).chars().allMatch(c -> c == '0');
    boolean highOpen = high.substring(1).chars().allMatch(c -> c == '9');
    char first = low.charAt(0);
    char last = high.charAt(0);
    if (first == last && !(lowOpen && highOpen)) {
      addSameLength(low.substring(1), high.substring(1), prefix + first, options);
      return;
    }
    if (!lowOpen) {
      addSameLength(low.substring(1), "9".repeat(free), prefix + first, options);
      first++;
    }
    char openLast = highOpen ? last : (char) (last - 1);
    if (first <= openLast) {
      String start = prefix.isEmpty() ? "" : literal(prefix) + " ";
      String rest = free == 0 ? "" : " [0-9]{" + free + "}";
      options.add(start + "[" + first + "-" + openLast + "]" + rest);
    }
    if (!highOpen) {
      addSameLength("0".repeat(free), high.substring(1), prefix + last, options);
    }
  }

  /** Returns GBNF for a text as it stands. */
  private static String literal(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                out.append('\\');
              }
              out.appendCodePoint(c);
            });
    return out.append('"').toString();
  }
}
