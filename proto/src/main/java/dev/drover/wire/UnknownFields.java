package dev.drover.wire;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Message;
import java.util.List;

/**
 * Finds what a newer peer says and this build does not know: where it is a condition, to go on
 * without it would be to do what nobody asked for. Pure.
 */
public final class UnknownFields {
  private UnknownFields() {}

  /** Returns whether a message, or one within it, has a field or an enum value not known here. */
  public static boolean areIn(Message message) {
    return !message.getUnknownFields().asMap().isEmpty()
        || message.getAllFields().values().stream().anyMatch(UnknownFields::isUnknown);
  }

  private static boolean isUnknown(Object value) {
    if (value instanceof List<?> items) {
      return items.stream().anyMatch(UnknownFields::isUnknown);
    }
    if (value instanceof EnumValueDescriptor word) {
      return word.getIndex() < 0;
    }
    return value instanceof Message nested && areIn(nested);
  }
}
