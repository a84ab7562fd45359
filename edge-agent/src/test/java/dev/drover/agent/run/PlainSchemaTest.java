package dev.drover.agent.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.drover.agent.core.JsonText;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainSchemaTest {
  private static final List<String> VALUES =
      List.of(
          "{}",
          "{\"a\": 1}",
          "{\"a\": 0}",
          "{\"a\": 11}",
          "{\"a\": 1.0}",
          "{\"a\": 1.5}",
          "{\"a\": 99999999999999999999}",
          "{\"a\": null}",
          "{\"a\": true}",
          "{\"a\": \"\"}",
          "{\"a\": \"ab\"}",
          "{\"a\": \"\\ud83d\\ude00\\ud83d\\ude00\"}",
          "{\"a\": \"x\", \"b\": 1}",
          "{\"a\": []}",
          "{\"a\": [1, 2]}",
          "{\"a\": [{\"n\": \"x\"}]}",
          "{\"a\": [{\"n\": 1}]}",
          "{\"a\": {\"n\": \"x\"}}",
          "{\"b\": 1}",
          "[]",
          "[1]",
          "1",
          "\"ab\"",
          "null");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "true",
        "{\"type\": \"object\", \"properties\": {}, \"additionalProperties\": false}",
        "{\"type\": \"object\", \"required\": [\"a\"]}",
        "{\"properties\": {\"a\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 10}}}",
        "{\"properties\": {\"a\": {\"type\": \"number\"}}, \"additionalProperties\": false}",
        "{\"properties\": {\"a\": {\"type\": \"string\", \"minLength\": 1, \"maxLength\": 2}}}",
        "{\"properties\": {\"a\": {\"type\": \"boolean\", \"description\": \"d\"}}}",
        "{\"properties\": {\"a\": {\"enum\": [\"ab\", 1]}}, \"additionalProperties\": true}",
        "{\"properties\": {\"a\": {\"type\": \"array\", \"items\": {\"type\": \"integer\"}}}}",
        "{\"properties\": {\"a\": {\"type\": \"array\", \"items\": {\"type\": \"object\","
            + " \"required\": [\"n\"], \"properties\": {\"n\": {\"type\": \"string\"}}}}}}",
        "{\"properties\": {\"a\": {\"type\": [\"string\", \"null\"]}}}",
        "{\"properties\": {\"a\": {\"minimum\": 0.5, \"exclusiveMaximum\": 11}}}",
        "{\"not\": {\"required\": [\"a\"]}, \"type\": \"object\"}",
        "{\"patternProperties\": {\"^a\": false}, \"additionalProperties\": false}",
        "{\"additionalProperties\": {\"type\": \"integer\"}}",
        "{\"items\": {\"const\": 1}}"
      })
  void value_surelyFitting_isAcceptedByTheValidator(String schema) throws IOException {
    JsonNode rules = JsonText.read(schema);
    Schema validator =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(rules);
    for (String text : VALUES) {
      JsonNode value = JsonText.read(text);
      if (PlainSchema.surelyFits(rules, value)) {
        assertEquals(List.of(), validator.validate(value), schema + " " + text);
      }
    }
  }

  @Test
  void value_ofAToolsKind_surelyFits() throws IOException {
    JsonNode rules =
        JsonText.read(
            """
            {"$schema": "https://json-schema.org/draft/2020-12/schema",
             "type": "object", "additionalProperties": false, "required": ["cpus"],
             "properties": {"cpus": {"type": "integer", "minimum": 0, "description": "d"}}}
            """);
    assertTrue(PlainSchema.surelyFits(rules, JsonText.read("{\"cpus\": 4}")));
    assertFalse(PlainSchema.surelyFits(rules, JsonText.read("{\"cpus\": -1}")));
    assertFalse(PlainSchema.surelyFits(rules, JsonText.read("{\"cpus\": 4, \"more\": 1}")));
    assertFalse(PlainSchema.surelyFits(rules, JsonText.read("{}")));
  }
}
