package dev.drover.agent.tools;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.core.QuestionAnswerer;
import dev.drover.agent.core.QuestionAnswerer.Asked;
import dev.drover.agent.core.ReportedFields;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.ToolDefinition;
import dev.drover.release.AnswerSchema;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.Risk;

/**
 * {@code notes.ask}: lets the model answer a question about the owner's notes, within a closed set
 * of answers. Only for programs on the device: the question is free text.
 */
final class NotesAskTool implements Tool {
  private static final ToolDefinition DEFINITION =
      new ToolDefinition(
          "notes.ask",
          "Lets the model answer a question about the owner's notes, restricted by a schema.",
          Define.schema(
              """
              {"$schema": "https://json-schema.org/draft/2020-12/schema",
               "type": "object", "additionalProperties": false, "required": ["question", "schema"],
               "properties": {
                 "question": {"type": "string", "minLength": 1, "maxLength": 8192},
                 "schema": {"type": "object",
                   "description": "JSON Schema of the answer: booleans, enums, bounded integers."}}}
              """),
          Define.schema(
              """
              {"$schema": "https://json-schema.org/draft/2020-12/schema",
               "type": "object", "additionalProperties": false, "required": ["answer"],
               "properties": {"answer": {"type": "object"}}}
              """),
          Risk.READ_ONLY,
          CrashBehaviour.IDEMPOTENT,
          ReportedFields.NONE,
          true);

  private final QuestionAnswerer answerer;

  NotesAskTool(QuestionAnswerer answerer) {
    this.answerer = answerer;
  }

  @Override
  public ToolDefinition definition() {
    return DEFINITION;
  }

  @Override
  public JsonNode call(JsonNode arguments, ToolContext context) {
    AnswerSchema schema = AnswerSchema.parse(arguments.path("schema"));
    Asked question = new Asked("", true, arguments.path("question").asText(), schema);
    ObjectNode result = JsonNodeFactory.instance.objectNode();
    result.set("answer", answerer.answer(question, context).value());
    return result;
  }
}
