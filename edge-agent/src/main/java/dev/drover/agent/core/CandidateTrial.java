package dev.drover.agent.core;

import dev.drover.release.ReleaseManifest;
import dev.drover.v1.ExecutionMeasures;

/**
 * What a release is put through when the process first loads it, before it is committed. Nothing of
 * the device goes into it, only text that was published or is fixed, so what it measures is told
 * exactly.
 */
public interface CandidateTrial {
  /**
   * Has the loaded model give one answer, if there is a model.
   *
   * @throws dev.drover.wire.DroverException when it does not answer
   */
  void selfCheck();

  /**
   * Measures the loaded model; may take minutes, in bounded time.
   *
   * @param release that is tried
   * @return speed and the share of the eval suite that was answered right; nothing without a model
   * @throws dev.drover.wire.DroverException when the model no longer answers at all
   */
  ExecutionMeasures measure(ReleaseManifest release);
}
