package dev.drover.deploy.sim;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.core.CandidateTrial;
import dev.drover.agent.core.QuestionAnswerer;
import dev.drover.agent.core.ToolContext;
import dev.drover.release.AnswerProperty;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.ExecutionMeasures;

/** The model of a simulated device; its answers take their time and fail like a tool. */
final class SimModel implements QuestionAnswerer {
  private static final int SPEED_BITS_MIN = 8;
  private static final int SPEED_BITS = 10;
  private static final int ALL_PERMILLE = 1000;

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
    return new Answered(question.text(), answer, speed(agent).build());
  }

  /** The trial of a release whose model came up. */
  record Trial(SimAgent agent) implements CandidateTrial {
    @Override
    public void selfCheck() {
      // A model that gives no answer is one that the seed does not let come up.
    }

    @Override
    public ExecutionMeasures measure(ReleaseManifest release) {
      ExecutionMeasures.Builder measures = speed(agent);
      if (!release.evalSuite().isEmpty()) {
        measures.setEvalPassPermille(agent.random.nextInt(ALL_PERMILLE + 1));
      }
      return measures.build();
    }
  }

  private static ExecutionMeasures.Builder speed(SimAgent agent) {
    int speed = 1 << (SPEED_BITS_MIN + agent.random.nextInt(SPEED_BITS));
    return ExecutionMeasures.newBuilder().setMillitokensPerSecond(speed);
  }
}
