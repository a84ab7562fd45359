package dev.drover.term;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.util.List;
import java.util.stream.Collectors;

/** JSON of protocol messages, for {@code --json}: the names of the protocol, every field shown. */
public final class Json {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames().alwaysPrintFieldsWithNoPresence();

  private Json() {}

  /** Returns one message as an indented JSON object. */
  public static String of(Message message) {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Returns messages as a JSON array. */
  public static String of(List<? extends Message> messages) {
    return messages.stream().map(Json::of).collect(Collectors.joining(",\n", "[", "]"));
  }
}
