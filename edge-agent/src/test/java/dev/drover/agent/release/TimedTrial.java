package dev.drover.agent.release;

import dev.drover.agent.core.CandidateTrial;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.ExecutionMeasures;

/** A trial of which nothing but what goes on meanwhile is of interest. */
final class TimedTrial implements CandidateTrial {
  /** Runs while the model is measured. */
  Runnable meanwhile = () -> {};

  @Override
  public void selfCheck() {
    // It answers at once.
  }

  @Override
  public ExecutionMeasures measure(ReleaseManifest release) {
    meanwhile.run();
    return ExecutionMeasures.getDefaultInstance();
  }
}
