package dev.drover.deploy.sim;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.core.QuestionAnswerer;
import dev.drover.agent.core.ToolContext;
import dev.drover.release.AnswerProperty;
import dev.drover.v1.ExecutionMeasures;

/** What answers questions on a simulated device; it takes its time and fails like a tool. */
final class SimModel implements QuestionAnswerer {
  private static final int SPEED_BITS_MIN = 8;
  private static final int SPEED_BITS = 10;

  private final SimAgent agent;

  SimModel(SimAgent agent) {
    this.agent = agent;
  }

  @Override
  public Answered answer(Asked question, ToolContext context) {
    context.check();
    SimTools.work(agent, SimTools.ANSWERING, context);
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    for (AnswerProperty property : question.schema().properties()) {
      if (property.kind() == AnswerProperty.Kind.FLAG) {
        answer.put(property.name(), true);
      } else {
        answer.put(property.name(), property.min());
      }
    }
    int speed = 1 << (SPEED_BITS_MIN + agent.random.nextInt(SPEED_BITS));
    return new Answered(
        question.text(),
        answer,
        ExecutionMeasures.newBuilder().setMillitokensPerSecond(speed).build());
  }
}
