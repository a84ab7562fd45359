package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalJsonTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Test
  void encode_containers_sortsKeysAndDropsWhiteSpace() throws IOException {
    assertEquals(
        "{\"a\":[1,{},[]],\"b\":{\"c\":null,\"d\":false},\"z\":true}",
        encode("{ \"z\" : true, \"b\": {\"d\":false,\"c\":null}, \"a\":[1, {}, []] }"));
  }

  @Test
  void encode_strings_escapesQuoteAndBackslashOnly() throws IOException {
    assertEquals(
        "\"\\\\\\\"/\n\t\u0000é😀\"", encode("\"\\\\\\\"\\/\\n\\t\\u0000é\\ud83d\\ude00\""));
  }

  @Test
  void encode_keys_areSortedByCodePointNotByUtf16Unit() throws IOException {
    assertEquals(
        "{\"\":0,\"A\":1,\"a\":2,\"\uffee\":3,\"😀\":4}",
        encode("{\"😀\":4,\"\uffee\":3,\"a\":2,\"A\":1,\"\":0}"));
  }

  @Test
  void encode_integers_areExactAtAnySize() throws IOException {
    assertEquals(
        "[0,-5,9223372036854775807,123456789012345678901234567890]",
        encode("[-0,-5,9223372036854775807,123456789012345678901234567890]"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "1e3", "[0.5]", "\"\\ud800\"", "{\"\\udc00x\":1}"})
  void encode_whatHasNoUniqueForm_isRefused(String json) throws IOException {
    JsonNode node = MAPPER.readTree(json);
    assertEquals(ErrorCode.MESSAGE_MALFORMED, Codes.of(() -> CanonicalJson.encode(node)));
  }

  private static String encode(String json) throws IOException {
    return new String(CanonicalJson.encode(MAPPER.readTree(json)), StandardCharsets.UTF_8);
  }
}
