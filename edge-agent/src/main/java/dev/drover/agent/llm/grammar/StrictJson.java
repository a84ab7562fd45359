package dev.drover.agent.llm.grammar;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/** Reads JSON without duplicate keys and without anything after it. */
final class StrictJson {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private StrictJson() {}

  /** Returns the value, or fails without quoting the text. */
  static JsonNode read(String json, int charsMax) {
    try {
      if (json.length() > charsMax) {
        throw new DroverException(ErrorCode.LIMIT_EXCEEDED, "The text is too long.");
      }
      JsonNode value = MAPPER.readTree(json);
      if (!value.isMissingNode()) {
        return value;
      }
    } catch (JsonProcessingException notJson) {
      // The reason would quote the text, which may be a person's; it is refused below.
    }
    throw new DroverException(ErrorCode.MESSAGE_MALFORMED, "The text is not one JSON value.");
  }

  /** Returns the JSON text of a string, quotes included. */
  static String quote(String text) {
    try {
      return MAPPER.writeValueAsString(text);
    } catch (JsonProcessingException neverForStrings) {
      throw new IllegalStateException(neverForStrings);
    }
  }
}
