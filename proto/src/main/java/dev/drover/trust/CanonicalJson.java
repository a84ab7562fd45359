package dev.drover.trust;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * OLPC canonical JSON, the form that TUF signatures cover (section 4.1, and {@code
 * securesystemslib.formats.encode_canonical}). It is not RFC 8785.
 *
 * <p>Keys are sorted by code point, there is no white space, strings are UTF-8 in which only {@code
 * "} and {@code \} are escaped (control characters stay raw), and numbers are integers. Equal trees
 * give equal bytes, different trees different bytes: what could break that (floating-point numbers,
 * text that is not Unicode) is refused. Thread-safe.
 */
public final class CanonicalJson {
  private CanonicalJson() {}

  /**
   * Returns the canonical bytes of a tree.
   *
   * @throws DroverException {@link ErrorCode#MESSAGE_MALFORMED} if it holds a floating-point number
   *     or a lone surrogate
   */
  public static byte[] encode(JsonNode node) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    write(node, out);
    return out.toByteArray();
  }

  private static void write(JsonNode node, ByteArrayOutputStream out) {
    switch (node.getNodeType()) {
      case OBJECT -> writeObject(node, out);
      case ARRAY -> writeArray(node, out);
      case STRING -> writeString(utf8(node.textValue()), out);
      case BOOLEAN, NULL -> out.writeBytes(ascii(node.asText()));
      case NUMBER -> {
        if (!node.isIntegralNumber()) {
          throw refused("a floating-point number");
        }
        out.writeBytes(ascii(node.bigIntegerValue().toString()));
      }
      default -> throw refused("something that is not JSON");
    }
  }

  private static void writeObject(JsonNode node, ByteArrayOutputStream out) {
    // Unsigned order of UTF-8 bytes is the order of code points; String.compareTo is not.
    Map<byte[], JsonNode> sorted = new TreeMap<>(Arrays::compareUnsigned);
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      sorted.put(utf8(field.getKey()), field.getValue());
    }
    char separator = '{';
    for (Map.Entry<byte[], JsonNode> field : sorted.entrySet()) {
      out.write(separator);
      writeString(field.getKey(), out);
      out.write(':');
      write(field.getValue(), out);
      separator = ',';
    }
    if (sorted.isEmpty()) {
      out.write('{');
    }
    out.write('}');
  }

  private static void writeArray(JsonNode node, ByteArrayOutputStream out) {
    out.write('[');
    for (int i = 0; i < node.size(); i++) {
      if (i > 0) {
        out.write(',');
      }
      write(node.get(i), out);
    }
    out.write(']');
  }

  private static void writeString(byte[] utf8, ByteArrayOutputStream out) {
    out.write('"');
    for (byte b : utf8) {
      if (b == '"' || b == '\\') {
        out.write('\\');
      }
      out.write(b);
    }
    out.write('"');
  }

  private static byte[] utf8(String text) {
    try {
      ByteBuffer encoded =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException loneSurrogate) {
      throw refused("text that is not Unicode");
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static DroverException refused(String what) {
    return new DroverException(
        ErrorCode.MESSAGE_MALFORMED, "signed metadata must not hold " + what);
  }
}
