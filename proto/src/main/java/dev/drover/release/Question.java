package dev.drover.release;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import dev.drover.wire.Limits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A question that a job may ask: text signed offline by a publisher, with named enum parameters and
 * a closed set of answers. Immutable.
 *
 * @param id unique in its release
 * @param template what the model is asked; {@code {name}} stands for a parameter
 * @param parameters the values each parameter may take
 * @param reads whether the device puts its own notes before the question
 * @param answer what may be answered
 */
public record Question(
    String id,
    String template,
    Map<String, List<String>> parameters,
    boolean reads,
    AnswerSchema answer) {

  static Question parse(JsonNode node) {
    String id = Ids.requireReference("question id", node.path("id").asText());
    String template = node.path("template").asText();
    if (template.isEmpty() || template.length() > Limits.TEMPLATE_CHARS_MAX) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "The question " + id + " has no usable template.");
    }
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.path("parameters").properties()) {
      List<String> values = new ArrayList<>();
      entry.getValue().forEach(value -> values.add(value.asText()));
      parameters.put(Ids.requireReference("parameter name", entry.getKey()), List.copyOf(values));
    }
    return new Question(
        id,
        template,
        Map.copyOf(parameters),
        node.path("reads").asText().equals("notes"),
        AnswerSchema.parse(node.path("answer")));
  }

  /**
   * Fills in the parameters.
   *
   * @throws DroverException with {@link ErrorCode#INVALID_ARGUMENT} when one is missing, unknown or
   *     has a value that the publisher did not sign
   */
  public String text(Map<String, String> arguments) {
    if (!arguments.keySet().equals(parameters.keySet())) {
      String takes =
          parameters.isEmpty()
              ? "no parameters"
              : "exactly the parameters " + String.join(", ", parameters.keySet());
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "The question " + id + " takes " + takes + ".");
    }
    String text = template;
    for (Map.Entry<String, String> argument : arguments.entrySet()) {
      List<String> allowed = parameters.getOrDefault(argument.getKey(), List.of());
      if (!allowed.contains(argument.getValue())) {
        throw new DroverException(
            ErrorCode.INVALID_ARGUMENT,
            "The parameter " + argument.getKey() + " of " + id + " is one of " + allowed + ".");
      }
      text = text.replace("{" + argument.getKey() + "}", argument.getValue());
    }
    return text;
  }
}
