package dev.drover.release;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.v1.FieldValue;
import dev.drover.wire.DroverException;
import dev.drover.wire.Limits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One property of an answer schema. Immutable.
 *
 * @param name a word of letters, digits and underscores
 * @param kind what values it takes
 * @param choices the values of a {@link Kind#CHOICE}, else empty
 * @param min lowest {@link Kind#NUMBER}, else 0
 * @param max highest {@link Kind#NUMBER}, else 0
 */
public record AnswerProperty(String name, Kind kind, List<String> choices, long min, long max) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,31}");
  private static final Pattern CHOICE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}");
  private static final long SPAN_MAX = 1L << 31;

  /** The three kinds of values. */
  public enum Kind {
    /** true or false. */
    FLAG,
    /** One of a list of words. */
    CHOICE,
    /** A whole number between two bounds. */
    NUMBER
  }

  /** Copies the choices. */
  public AnswerProperty {
    choices = List.copyOf(choices);
  }

  static AnswerProperty parse(String name, JsonNode schema) {
    if (!NAME.matcher(name).matches()) {
      throw AnswerSchema.notAllowed("property names match " + NAME.pattern());
    }
    if (schema.has("enum")) {
      return new AnswerProperty(name, Kind.CHOICE, choices(schema.get("enum")), 0, 0);
    }
    switch (schema.path("type").asText()) {
      case "boolean":
        return new AnswerProperty(name, Kind.FLAG, List.of(), 0, 0);
      case "integer":
        JsonNode min = schema.path("minimum");
        JsonNode max = schema.path("maximum");
        boolean bounded = min.isIntegralNumber() && max.isIntegralNumber();
        if (!bounded || !min.canConvertToInt() || !max.canConvertToInt()) {
          throw AnswerSchema.notAllowed("a number has whole minimum and maximum");
        }
        if (max.asLong() - min.asLong() < 1 || max.asLong() - min.asLong() >= SPAN_MAX) {
          throw AnswerSchema.notAllowed("a number's maximum is above its minimum");
        }
        return new AnswerProperty(name, Kind.NUMBER, List.of(), min.asLong(), max.asLong());
      default:
        throw AnswerSchema.notAllowed(
            "the property " + name + " is a boolean, an enum or a bounded integer, not free text");
    }
  }

  private static List<String> choices(JsonNode values) {
    List<String> choices = new ArrayList<>();
    for (JsonNode value : values) {
      if (!value.isTextual() || !CHOICE.matcher(value.asText()).matches()) {
        throw AnswerSchema.notAllowed("enum values match " + CHOICE.pattern());
      }
      choices.add(value.asText());
    }
    boolean distinct = new HashSet<>(choices).size() == choices.size();
    if (choices.size() < 2 || choices.size() > Limits.ANSWER_CHOICES_MAX || !distinct) {
      throw AnswerSchema.notAllowed(
          "an enum has 2 to " + Limits.ANSWER_CHOICES_MAX + " different values");
    }
    return choices;
  }

  /** Returns how many values it can take, at least 2. */
  public long values() {
    return switch (kind) {
      case FLAG -> 2;
      case CHOICE -> choices.size();
      case NUMBER -> max - min + 1;
    };
  }

  FieldValue encode(int index, JsonNode value) {
    FieldValue.Builder field = FieldValue.newBuilder().setProperty(index);
    switch (kind) {
      case FLAG -> {
        require(value.isBoolean());
        field.setFlag(value.asBoolean());
      }
      case CHOICE -> {
        int choice = choices.indexOf(value.asText());
        require(value.isTextual() && choice >= 0);
        field.setChoice(choice);
      }
      case NUMBER -> {
        require(value.isIntegralNumber() && value.canConvertToLong());
        require(value.asLong() >= min && value.asLong() <= max);
        field.setNumber(value.asLong());
      }
      default -> throw new IllegalStateException(kind.name());
    }
    return field.build();
  }

  String decode(FieldValue field) {
    return switch (kind) {
      case FLAG -> {
        require(field.getValueCase() == FieldValue.ValueCase.FLAG);
        yield Boolean.toString(field.getFlag());
      }
      case CHOICE -> {
        require(field.getValueCase() == FieldValue.ValueCase.CHOICE);
        require(field.getChoice() >= 0 && field.getChoice() < choices.size());
        yield choices.get(field.getChoice());
      }
      case NUMBER -> {
        require(field.getValueCase() == FieldValue.ValueCase.NUMBER);
        require(field.getNumber() >= min && field.getNumber() <= max);
        yield Long.toString(field.getNumber());
      }
    };
  }

  private void require(boolean fits) {
    if (!fits) {
      throw outsideProperty();
    }
  }

  private DroverException outsideProperty() {
    return AnswerSchema.outside("the value of " + name + " is not one that the schema allows");
  }
}
