package dev.drover.agent.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** JSON objects that a person gives to a command. */
final class JsonInput {
  private JsonInput() {}

  /**
   * Returns the object in a file.
   *
   * @throws DroverException {@code NOT_FOUND}, {@code LIMIT_EXCEEDED}, {@code INVALID_ARGUMENT}
   */
  static Struct file(Path file) {
    byte[] content =
        DurableFiles.readBounded(file, Limits.TOOL_JSON_BYTES_MAX)
            .orElseThrow(
                () -> new DroverException(ErrorCode.NOT_FOUND, "There is no file " + file + "."));
    return parse("The file " + file, new String(content, StandardCharsets.UTF_8));
  }

  /**
   * Returns the object that a text holds; fails like {@link #file}.
   *
   * @param what names the text in the failure
   */
  static Struct parse(String what, String text) {
    Struct.Builder struct = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(text, struct);
      return struct.build();
    } catch (InvalidProtocolBufferException notAnObject) {
      throw new DroverException(
              ErrorCode.INVALID_ARGUMENT, what + " is no JSON object.", notAnObject)
          .withNextStep("Write it like {\"name\": \"value\"}, in quotes for the shell.");
    }
  }
}
