package dev.drover.release;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.v1.FieldValue;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import dev.drover.wire.Limits;
import java.util.List;

/**
 * A prompt of a release's eval suite with the one answer that counts as right. It reads nothing of
 * the device, so whether it was answered right tells of the model alone. Immutable.
 *
 * @param id unique in its suite
 * @param prompt what the model is asked
 * @param answer what may be answered
 * @param expected the right answer, as {@link AnswerSchema#encode} writes it
 */
public record GoldenPrompt(
    String id, String prompt, AnswerSchema answer, List<FieldValue> expected) {
  /** Copies the list. */
  public GoldenPrompt {
    expected = List.copyOf(expected);
  }

  static GoldenPrompt parse(JsonNode node) {
    String id = Ids.requireReference("golden prompt id", node.path("id").asText());
    String prompt = node.path("prompt").asText();
    if (prompt.isEmpty() || prompt.length() > Limits.TEMPLATE_CHARS_MAX) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "The golden prompt " + id + " has no usable prompt.");
    }
    AnswerSchema answer = AnswerSchema.parse(node.path("answer"));
    try {
      return new GoldenPrompt(id, prompt, answer, answer.encode(node.path("expected")));
    } catch (DroverException outside) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED,
          "What the golden prompt " + id + " expects does not fit its answer schema.",
          outside);
    }
  }
}
