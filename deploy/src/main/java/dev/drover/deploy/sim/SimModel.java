package dev.drover.deploy.sim;

import dev.drover.agent.core.QuestionAnswerer;
import dev.drover.agent.core.ToolContext;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/** The model of a simulated device, which is not loaded. */
final class SimModel implements QuestionAnswerer {
  SimModel(SimAgent agent) {}

  @Override
  public Answered answer(Asked question, ToolContext context) {
    throw new DroverException(ErrorCode.MODEL_NOT_LOADED, "A simulated device has no model.");
  }
}
