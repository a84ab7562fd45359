package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "true",
        " [1, -1, 2147483648, 9223372036854775807, 9223372036854775808, 1.5, 1e300, -0.0, 1.0] ",
        "{\"a\": {\"b\": [\"\\u00e4\\n\\\"\\ud83d\\ude00\", false, null]}, \"\": 0}",
        "{\"twice\": 1, \"twice\": 2}"
      })
  void text_readAndWritten_isWhatTheMapperMakesOfIt(String text) throws IOException {
    JsonNode expected = new JsonMapper().readTree(text);
    JsonNode node = JsonText.read(text);
    assertEquals(expected, node);
    assertEquals(expected.toString(), JsonText.write(node));
  }

  @Test
  void numbers_notFromText_areWrittenAsByTheMapper() {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    JsonNode array =
        nodes
            .arrayNode()
            .add(nodes.numberNode(1.1f))
            .add(nodes.numberNode((short) 7))
            .add(nodes.numberNode(new BigDecimal("1.10")));
    assertEquals(array.toString(), JsonText.write(array));
  }

  @Test
  void bytes_areWrittenAsByTheMapper() {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    JsonNode array = nodes.arrayNode().add(nodes.binaryNode(new byte[] {1, 2}));
    assertEquals("[\"AQI=\"]", JsonText.write(array));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "[1", "{\"a\"", "{\"a\":", "{} {}", "[]]", "nul", "{a: 1}"})
  void text_thatIsNoJson_isRefused(String text) {
    assertThrows(IOException.class, () -> JsonText.read(text));
  }

  @Test
  void text_tooDeep_isRefused() {
    String deep = "[".repeat(33) + "]".repeat(33);
    assertThrows(IOException.class, () -> JsonText.read(deep));
  }
}
