package dev.drover.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.Egress;
import dev.drover.v1.EgressClass;
import dev.drover.v1.EgressProto;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The single way out of a device: a message passes only if every field that is set has an egress
 * class and lies inside the range and length that the class declares. The hub passes everything it
 * receives through the same check before it reads it.
 *
 * <p>Unknown fields, unknown enum values and fields without a class are refused. Thread-safe; the
 * options are read once per message type.
 */
public final class EgressGuard {
  /** What helps where a hub refuses what an agent that works sends. */
  public static final String ON_ENTRY =
      "Update the hub if the agent is newer: hubs come before agents.";

  private static final Map<FieldDescriptor, Egress> RULES = new ConcurrentHashMap<>();

  /** What bytes may hold, by name. */
  private static final Map<String, Message> NESTED =
      Stream.<Message>of(DeviceEvent.getDefaultInstance(), BatchStatement.getDefaultInstance())
          .collect(
              Collectors.toUnmodifiableMap(
                  message -> message.getDescriptorForType().getFullName(), message -> message));

  private EgressGuard() {}

  /**
   * Checks a message and everything nested in it.
   *
   * @throws DroverException with {@link ErrorCode#EGRESS_REFUSED}; the text names the field and the
   *     rule, never the value
   */
  public static void check(Message message) {
    if (!message.getUnknownFields().asMap().isEmpty()) {
      throw refused(message.getDescriptorForType().getFullName(), "has unknown fields");
    }
    for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
      checkField(entry.getKey(), entry.getValue());
    }
  }

  /**
   * Checks what came from a device, as {@link #check}: an agent that is newer than this hub may
   * have fields that were not declared when the hub was built.
   *
   * @throws DroverException with {@link ErrorCode#EGRESS_REFUSED}
   */
  public static void checkReceived(Message message) {
    try {
      check(message);
    } catch (DroverException refused) {
      throw refused.withNextStep(ON_ENTRY);
    }
  }

  private static void checkField(FieldDescriptor field, Object value) {
    Egress rule = rule(field);
    if (rule.getClass_() == EgressClass.EGRESS_CLASS_UNSPECIFIED) {
      throw refused(field.getFullName(), "has no egress class");
    }
    if (field.isRepeated()) {
      List<?> items = (List<?>) value;
      if (items.size() > rule.getItemsMax()) {
        throw refused(field.getFullName(), "has more than " + rule.getItemsMax() + " elements");
      }
      for (Object item : items) {
        checkValue(field, rule, item);
      }
    } else {
      checkValue(field, rule, value);
    }
  }

  private static void checkValue(FieldDescriptor field, Egress rule, Object value) {
    switch (field.getJavaType()) {
      case MESSAGE -> check((Message) value);
      case BOOLEAN -> {}
      case ENUM -> checkEnum(field, (EnumValueDescriptor) value);
      case INT, LONG -> checkNumber(field, rule, ((Number) value).longValue());
      case STRING -> checkString(field, rule, (String) value);
      case BYTE_STRING -> checkBytes(field, rule, (ByteString) value);
      default -> throw refused(field.getFullName(), "has a type that may not leave a device");
    }
  }

  private static void checkEnum(FieldDescriptor field, EnumValueDescriptor value) {
    if (value.getIndex() < 0) {
      throw refused(field.getFullName(), "holds an unknown enum value");
    }
  }

  private static void checkNumber(FieldDescriptor field, Egress rule, long value) {
    boolean fixedId = rule.getClass_() == EgressClass.ID;
    if (!fixedId && (value < rule.getMin() || value > rule.getMax())) {
      throw refused(field.getFullName(), "lies outside " + rule.getMin() + " to " + rule.getMax());
    }
  }

  private static void checkString(FieldDescriptor field, Egress rule, String value) {
    if (rule.getClass_() != EgressClass.ID || !Ids.isReference(value)) {
      throw refused(field.getFullName(), "is text that is not an identifier");
    }
    if (value.length() > rule.getBytesMax()) {
      throw refused(field.getFullName(), "is longer than " + rule.getBytesMax());
    }
  }

  private static void checkBytes(FieldDescriptor field, Egress rule, ByteString value) {
    if (value.size() > rule.getBytesMax()) {
      throw refused(field.getFullName(), "is longer than " + rule.getBytesMax() + " bytes");
    }
    boolean fixed =
        rule.getClass_() == EgressClass.COMMITMENT || rule.getClass_() == EgressClass.ID;
    if (fixed && value.size() != rule.getBytesMax()) {
      throw refused(field.getFullName(), "is not " + rule.getBytesMax() + " bytes long");
    }
    if (rule.getClass_() == EgressClass.NESTED) {
      checkNested(field, rule, value);
    }
  }

  private static void checkNested(FieldDescriptor field, Egress rule, ByteString value) {
    Message nested = NESTED.get(rule.getNested());
    if (nested == null) {
      throw refused(field.getFullName(), "names a nested message that does not exist");
    }
    try {
      check(nested.getParserForType().parseFrom(value));
    } catch (InvalidProtocolBufferException broken) {
      throw refused(field.getFullName(), "does not hold a " + rule.getNested());
    }
  }

  /** Returns the declared rule of a field; its class is unspecified when there is none. */
  static Egress rule(FieldDescriptor field) {
    return RULES.computeIfAbsent(field, f -> f.getOptions().getExtension(EgressProto.egress));
  }

  /** Returns whether this kind of field may exist in a message of a device at all. */
  static boolean isWellDeclared(FieldDescriptor field) {
    Egress rule = rule(field);
    boolean counted = field.isRepeated() == (rule.getItemsMax() > 0);
    boolean shaped =
        switch (rule.getClass_()) {
          case ID -> field.getJavaType() == JavaType.LONG || isBounded(field, rule);
          case ENUM ->
              field.getJavaType() == JavaType.ENUM || field.getJavaType() == JavaType.BOOLEAN;
          case VOCAB, METRIC -> isNumber(field) && rule.getMin() < rule.getMax();
          case KEY, COMMITMENT, SIGNATURE ->
              field.getJavaType() == JavaType.BYTE_STRING && rule.getBytesMax() > 0;
          case NESTED ->
              field.getJavaType() == JavaType.MESSAGE
                  || (field.getJavaType() == JavaType.BYTE_STRING
                      && rule.getBytesMax() > 0
                      && !rule.getNested().isEmpty());
          default -> false;
        };
    return counted && shaped;
  }

  private static boolean isBounded(FieldDescriptor field, Egress rule) {
    boolean text = field.getJavaType() == JavaType.STRING;
    boolean bytes = field.getJavaType() == JavaType.BYTE_STRING;
    return rule.getBytesMax() > 0
        && ((text && rule.getBytesMax() <= Limits.ID_CHARS_MAX)
            || (bytes && rule.getBytesMax() <= 32));
  }

  private static boolean isNumber(FieldDescriptor field) {
    return field.getJavaType() == JavaType.INT || field.getJavaType() == JavaType.LONG;
  }

  private static DroverException refused(String what, String why) {
    return new DroverException(ErrorCode.EGRESS_REFUSED, what + " " + why + ".");
  }
}
