package dev.drover.agent.core;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.release.AnswerSchema;
import dev.drover.v1.ExecutionMeasures;

/**
 * Lets the model answer a question within a closed set of answers; the one way for signed questions
 * of jobs and for {@code notes.ask} on the device.
 */
public interface QuestionAnswerer {
  /**
   * A question as it is put to the model.
   *
   * @param system instructions before everything else, may be empty
   * @param notes whether the device's own notes come before the question
   * @param text the question itself
   * @param schema what may be answered
   */
  record Asked(String system, boolean notes, String text, AnswerSchema schema) {}

  /**
   * An answer.
   *
   * @param prompt what the model was given, for the device's own record only
   * @param value exactly the properties of the schema
   * @param measures durations and token counts, without the budget
   */
  record Answered(String prompt, ObjectNode value, ExecutionMeasures measures) {}

  /**
   * Answers on the caller's thread; greedy, so that the same question, notes and model give the
   * same answer.
   *
   * @throws dev.drover.wire.DroverException {@code MODEL_NOT_LOADED}, {@code PROMPT_TOO_LONG},
   *     {@code ANSWER_OUTSIDE_GRAMMAR}, {@code CANCELLED}, {@code DEADLINE_EXCEEDED}, {@code
   *     RESOURCE_EXHAUSTED}, {@code RUNTIME_STUCK}
   */
  Answered answer(Asked question, ToolContext context);
}
