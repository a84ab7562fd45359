package dev.drover.agent.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;

/**
 * Says of the plain JSON Schemas that tools have whether a value surely fits, without the validator
 * and its 8 MB. It decides only that: where it is not sure, because a keyword is not plain or the
 * value does not fit, the validator has the word.
 */
final class PlainSchema {
  private static final Set<String> WITHOUT_EFFECT = Set.of("$schema", "description", "title");

  private PlainSchema() {}

  /** Returns whether every validator of JSON Schema 2020-12 would accept the value. */
  static boolean surelyFits(JsonNode schema, JsonNode value) {
    if (!schema.isObject()) {
      return false;
    }
    for (Map.Entry<String, JsonNode> rule : schema.properties()) {
      if (!WITHOUT_EFFECT.contains(rule.getKey())
          && !keeps(rule.getKey(), rule.getValue(), schema, value)) {
        return false;
      }
    }
    return true;
  }

  private static boolean keeps(String keyword, JsonNode rule, JsonNode schema, JsonNode value) {
    return switch (keyword) {
      case "type" -> isOf(rule.asText(), value);
      case "properties" -> rule.isObject() && propertiesFit(rule, value);
      case "required" -> hasAll(rule, value);
      case "additionalProperties" ->
          rule.isBoolean() && (rule.booleanValue() || onlyNamed(schema.path("properties"), value));
      case "items" -> value.isArray() && itemsFit(rule, value);
      case "enum" -> value.isTextual() && isOneOf(rule, value.textValue());
      case "minimum" -> isSmall(rule) && isSmall(value) && value.longValue() >= rule.longValue();
      case "maximum" -> isSmall(rule) && isSmall(value) && value.longValue() <= rule.longValue();
      case "minLength" -> rule.isInt() && value.isTextual() && characters(value) >= rule.intValue();
      case "maxLength" -> rule.isInt() && value.isTextual() && characters(value) <= rule.intValue();
      default -> false;
    };
  }

  private static boolean isOf(String type, JsonNode value) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "boolean" -> value.isBoolean();
      case "integer" -> isSmall(value);
      case "number" -> value.isNumber();
      default -> false;
    };
  }

  private static boolean propertiesFit(JsonNode rules, JsonNode value) {
    if (!value.isObject()) {
      return false;
    }
    for (Map.Entry<String, JsonNode> property : rules.properties()) {
      JsonNode given = value.get(property.getKey());
      if (given != null && !surelyFits(property.getValue(), given)) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasAll(JsonNode names, JsonNode value) {
    if (!names.isArray() || !value.isObject()) {
      return false;
    }
    for (JsonNode name : names) {
      if (!name.isTextual() || !value.has(name.textValue())) {
        return false;
      }
    }
    return true;
  }

  private static boolean onlyNamed(JsonNode properties, JsonNode value) {
    if (!value.isObject()) {
      return false;
    }
    for (Map.Entry<String, JsonNode> given : value.properties()) {
      if (!properties.has(given.getKey())) {
        return false;
      }
    }
    return true;
  }

  private static boolean itemsFit(JsonNode rule, JsonNode value) {
    for (JsonNode item : value) {
      if (!surelyFits(rule, item)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isOneOf(JsonNode choices, String text) {
    for (JsonNode choice : choices) {
      if (choice.isTextual() && choice.textValue().equals(text)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSmall(JsonNode number) {
    return number.isInt() || number.isLong();
  }

  private static int characters(JsonNode text) {
    String value = text.textValue();
    return value.codePointCount(0, value.length());
  }
}
