package dev.drover.agent.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Map;

/**
 * JSON trees as protocol messages and back. Protocol numbers are doubles; whole ones within 2^53
 * become whole numbers again.
 */
public final class Structs {
  private static final double WHOLE_MAX = 9_007_199_254_740_992d;
  private static final int DEPTH_MAX = 64;

  private Structs() {}

  /** Returns a message as a JSON object, its fields in the order in which they came. */
  public static ObjectNode json(Struct struct) {
    return json(struct, 0);
  }

  /** Returns a JSON object as a message. */
  public static Struct struct(JsonNode object) {
    Struct.Builder struct = Struct.newBuilder();
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      struct.putFields(field.getKey(), value(field.getValue()));
    }
    return struct.build();
  }

  private static ObjectNode json(Struct struct, int depth) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    struct.getFieldsMap().forEach((name, value) -> object.set(name, json(value, depth + 1)));
    return object;
  }

  private static JsonNode json(Value value, int depth) {
    if (depth > DEPTH_MAX) {
      throw new DroverException(ErrorCode.LIMIT_EXCEEDED, "The JSON value is too deep.");
    }
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (value.getKindCase()) {
      case BOOL_VALUE -> nodes.booleanNode(value.getBoolValue());
      case STRING_VALUE -> nodes.textNode(value.getStringValue());
      case NUMBER_VALUE -> number(value.getNumberValue());
      case STRUCT_VALUE -> json(value.getStructValue(), depth);
      case LIST_VALUE -> {
        ArrayNode list = nodes.arrayNode();
        value.getListValue().getValuesList().forEach(item -> list.add(json(item, depth + 1)));
        yield list;
      }
      case NULL_VALUE, KIND_NOT_SET -> nodes.nullNode();
    };
  }

  private static JsonNode number(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "A number is not one of JSON.");
    }
    boolean whole = number == Math.rint(number) && Math.abs(number) <= WHOLE_MAX;
    return whole
        ? JsonNodeFactory.instance.numberNode((long) number)
        : JsonNodeFactory.instance.numberNode(number);
  }

  private static Value value(JsonNode node) {
    Value.Builder value = Value.newBuilder();
    return switch (node.getNodeType()) {
      case OBJECT -> value.setStructValue(struct(node)).build();
      case ARRAY -> {
        ListValue.Builder list = ListValue.newBuilder();
        node.forEach(item -> list.addValues(value(item)));
        yield value.setListValue(list).build();
      }
      case BOOLEAN -> value.setBoolValue(node.booleanValue()).build();
      case NUMBER -> value.setNumberValue(node.doubleValue()).build();
      case NULL, MISSING -> value.setNullValue(NullValue.NULL_VALUE).build();
      default -> value.setStringValue(node.asText()).build();
    };
  }
}
