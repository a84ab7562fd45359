package dev.drover.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Typed reading of one JSON object; what is missing or of another type is {@link
 * ErrorCode#MESSAGE_MALFORMED}.
 *
 * @param node the object
 * @param where what it is, for messages; never taken from the input
 */
record Fields(ObjectNode node, String where) {

  /** Returns a view of a node that must be an object. */
  static Fields of(JsonNode node, String where) {
    if (node instanceof ObjectNode object) {
      return new Fields(object, where);
    }
    throw new DroverException(ErrorCode.MESSAGE_MALFORMED, where + " is not an object");
  }

  boolean has(String field) {
    return node.has(field);
  }

  /** Returns the object in a field. */
  Fields object(String field) {
    return of(required(field), where + "." + field);
  }

  /** Returns the object in a field, if the field is there. */
  Optional<Fields> optionalObject(String field) {
    return has(field) ? Optional.of(object(field)) : Optional.empty();
  }

  /** Returns the array in a field. */
  ArrayNode array(String field) {
    if (required(field) instanceof ArrayNode array) {
      return array;
    }
    throw malformed(field, "is not an array");
  }

  /** Returns the array of strings in a field. */
  List<String> texts(String field) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : array(field)) {
      if (!element.isTextual()) {
        throw malformed(field, "holds something that is not a string");
      }
      texts.add(element.textValue());
    }
    return texts;
  }

  /** Returns the string in a field. */
  String text(String field) {
    JsonNode value = required(field);
    if (!value.isTextual()) {
      throw malformed(field, "is not a string");
    }
    return value.textValue();
  }

  /** Returns the boolean in a field, or false if the field is not there. */
  boolean flag(String field) {
    if (!has(field)) {
      return false;
    }
    if (!required(field).isBoolean()) {
      throw malformed(field, "is not a boolean");
    }
    return required(field).booleanValue();
  }

  /** Returns the integer in a field. */
  long integer(String field, long min, long max) {
    JsonNode value = required(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw malformed(field, "is not a 64-bit integer");
    }
    long number = value.longValue();
    if (number < min || number > max) {
      throw malformed(field, "is out of range");
    }
    return number;
  }

  /** Returns all fields in their order. */
  Iterable<Map.Entry<String, JsonNode>> entries() {
    return node.properties();
  }

  DroverException malformed(String field, String what) {
    return new DroverException(ErrorCode.MESSAGE_MALFORMED, where + "." + field + " " + what);
  }

  private JsonNode required(String field) {
    JsonNode value = node.get(field);
    if (value == null) {
      throw malformed(field, "is missing");
    }
    return value;
  }
}
