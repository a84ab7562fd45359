package dev.drover.deploy.sim;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.core.QuestionAnswerer;
import dev.drover.agent.core.ToolContext;
import dev.drover.v1.ExecutionMeasures;

/** What answers questions on a simulated device; it takes its time and fails like a tool. */
final class SimModel implements QuestionAnswerer {
  private final SimAgent agent;

  SimModel(SimAgent agent) {
    this.agent = agent;
  }

  @Override
  public Answered answer(Asked question, ToolContext context) {
    context.check();
    SimTools.work(agent, SimTools.ANSWERING, context);
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put(SimReleases.ANSWER, true);
    return new Answered(question.text(), answer, ExecutionMeasures.getDefaultInstance());
  }
}
