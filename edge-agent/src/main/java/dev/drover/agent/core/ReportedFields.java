package dev.drover.agent.core;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.v1.FieldValue;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of a tool's result that may leave the device, numbered by their order: flags, choices
 * out of a list and bounded whole numbers, nothing else. Immutable.
 *
 * @param fields in the order that numbers them, at most 64
 * @param chargedMillibits what one result costs of the daily answer budget, in thousandths of a
 *     bit; 0 where it only tells how the device does, such as free memory
 */
public record ReportedFields(List<Field> fields, int chargedMillibits) {
  /** Nothing of a result leaves the device; only whether the call succeeded. */
  public static final ReportedFields NONE = new ReportedFields(List.of(), 0);

  private static final int FIELDS_MAX = 64;
  private static final long NUMBER_MAX = (1L << 53) - 1;

  /** Copies the list. */
  public ReportedFields {
    fields = List.copyOf(fields);
    if (fields.size() > FIELDS_MAX || chargedMillibits < 0) {
      throw new IllegalArgumentException("At most " + FIELDS_MAX + " fields, of no negative cost");
    }
  }

  /**
   * One field.
   *
   * @param name property of the result object
   * @param choices the allowed texts, or empty for a flag or a number
   * @param min lowest number that is told; lower ones are told as this one
   * @param max highest number that is told; a flag has {@code min == max}
   */
  public record Field(String name, List<String> choices, long min, long max) {
    /** Copies the list and checks the range. */
    public Field {
      choices = List.copyOf(choices);
      if (min > max || min < -NUMBER_MAX || max > NUMBER_MAX) {
        throw new IllegalArgumentException("A field's range is out of bounds");
      }
    }

    /** Returns a boolean field. */
    public static Field flag(String name) {
      return new Field(name, List.of(), 0, 0);
    }

    /** Returns a field that holds one of these texts. */
    public static Field choice(String name, List<String> choices) {
      return new Field(name, choices, 0, 0);
    }

    /** Returns a whole number, clamped to the range when it is told. */
    public static Field number(String name, long min, long max) {
      return new Field(name, List.of(), min, max);
    }
  }

  /**
   * Returns what of a result travels to the hub; a field that the result lacks is left out.
   *
   * @throws DroverException {@code EGRESS_REFUSED} where a field is not of its declared kind
   */
  public List<FieldValue> encode(JsonNode result) {
    List<FieldValue> values = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      JsonNode value = result.path(fields.get(i).name());
      if (!value.isMissingNode() && !value.isNull()) {
        values.add(encode(i, fields.get(i), value));
      }
    }
    return values;
  }

  private static FieldValue encode(int index, Field field, JsonNode value) {
    FieldValue.Builder out = FieldValue.newBuilder().setProperty(index);
    int choice = field.choices().indexOf(value.asText());
    if (value.isTextual() && choice >= 0) {
      return out.setChoice(choice).build();
    }
    if (value.isBoolean() && field.choices().isEmpty() && field.min() == field.max()) {
      return out.setFlag(value.asBoolean()).build();
    }
    if (value.isNumber() && field.choices().isEmpty() && field.min() < field.max()) {
      BigDecimal number = value.decimalValue().max(BigDecimal.valueOf(field.min()));
      number = number.min(BigDecimal.valueOf(field.max())).setScale(0, RoundingMode.HALF_EVEN);
      return out.setNumber(number.longValueExact()).build();
    }
    throw new DroverException(
        ErrorCode.EGRESS_REFUSED, "A reported field of the tool is not of its declared kind.");
  }
}
