package dev.drover.release;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.v1.FieldValue;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The closed set of answers that a question allows: an object of booleans, enums and bounded whole
 * numbers, and nothing else. Free text cannot be expressed.
 *
 * <p>It is written as a JSON Schema object (2020-12) with {@code properties}, all of them required,
 * and {@code additionalProperties: false}. The order of the properties in the signed document
 * numbers them on the wire. Immutable.
 */
public final class AnswerSchema {
  private static final Set<String> OBJECT_KEYS =
      Set.of("type", "properties", "required", "additionalProperties", "description", "$schema");

  private final List<AnswerProperty> properties;

  private AnswerSchema(List<AnswerProperty> properties) {
    this.properties = List.copyOf(properties);
  }

  /**
   * Reads a schema.
   *
   * @throws DroverException with {@link ErrorCode#SCHEMA_NOT_ALLOWED} when it could hold anything
   *     that is not a boolean, an enum value or a bounded whole number
   */
  public static AnswerSchema parse(JsonNode schema) {
    if (!schema.isObject() || !"object".equals(schema.path("type").asText())) {
      throw notAllowed("an answer schema is of type object");
    }
    Iterator<String> keys = schema.fieldNames();
    while (keys.hasNext()) {
      String key = keys.next();
      if (!OBJECT_KEYS.contains(key)) {
        throw notAllowed("an answer schema has no " + key);
      }
    }
    if (!schema.path("additionalProperties").isBoolean()
        || schema.path("additionalProperties").asBoolean()) {
      throw notAllowed("additionalProperties is false");
    }
    List<AnswerProperty> properties = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : schema.path("properties").properties()) {
      properties.add(AnswerProperty.parse(entry.getKey(), entry.getValue()));
    }
    if (properties.isEmpty() || properties.size() > Limits.ANSWER_PROPERTIES_MAX) {
      throw notAllowed("it has 1 to " + Limits.ANSWER_PROPERTIES_MAX + " properties");
    }
    requireAllRequired(schema.path("required"), properties);
    return new AnswerSchema(properties);
  }

  private static void requireAllRequired(JsonNode required, List<AnswerProperty> properties) {
    Set<String> names = new HashSet<>();
    required.forEach(name -> names.add(name.asText()));
    for (AnswerProperty property : properties) {
      if (!names.remove(property.name())) {
        throw notAllowed("every property is required, also " + property.name());
      }
    }
    if (!names.isEmpty()) {
      throw notAllowed("only declared properties are required");
    }
  }

  /** Returns the properties in the order of the signed document. */
  public List<AnswerProperty> properties() {
    return properties;
  }

  /** Returns what one answer can tell, in bits: the base-2 logarithm of the number of answers. */
  public double bits() {
    return properties.stream().mapToDouble(p -> Math.log((double) p.values()) / Math.log(2)).sum();
  }

  /**
   * Turns an answer into what travels to the hub.
   *
   * @throws DroverException with {@link ErrorCode#ANSWER_OUTSIDE_GRAMMAR} when it does not fit
   */
  public List<FieldValue> encode(JsonNode answer) {
    if (!answer.isObject() || answer.size() != properties.size()) {
      throw outside("the answer does not have exactly the declared properties");
    }
    List<FieldValue> fields = new ArrayList<>();
    for (int i = 0; i < properties.size(); i++) {
      AnswerProperty property = properties.get(i);
      JsonNode value = answer.path(property.name());
      fields.add(property.encode(i, value));
    }
    return fields;
  }

  /**
   * Turns what a device sent into words.
   *
   * @return property name to value, in the order of the schema
   * @throws DroverException with {@link ErrorCode#ANSWER_OUTSIDE_GRAMMAR} when the fields are not
   *     an answer of this schema
   */
  public Map<String, String> decode(List<FieldValue> fields) {
    if (fields.size() != properties.size()) {
      throw outside("the answer has " + fields.size() + " of " + properties.size() + " fields");
    }
    Map<String, String> words = new LinkedHashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).getProperty() != i) {
        throw outside("the fields are out of order");
      }
      words.put(properties.get(i).name(), properties.get(i).decode(fields.get(i)));
    }
    return words;
  }

  static DroverException notAllowed(String rule) {
    return new DroverException(
        ErrorCode.SCHEMA_NOT_ALLOWED, "The answer schema is refused: " + rule + ".");
  }

  static DroverException outside(String why) {
    return new DroverException(ErrorCode.ANSWER_OUTSIDE_GRAMMAR, "Not an answer: " + why + ".");
  }
}
