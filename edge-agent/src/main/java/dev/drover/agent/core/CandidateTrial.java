package dev.drover.agent.core;

import dev.drover.release.ReleaseManifest;
import dev.drover.v1.ExecutionMeasures;

/** What a release is put through when the process first loads it, before it is committed. */
public interface CandidateTrial {
  /**
   * Has the loaded model answer; may take minutes. Nothing of the device goes into it, only text
   * that was published or is fixed, so what it measures is told exactly.
   *
   * @param release that is tried
   * @return speed and the share of the eval suite that was answered right; nothing without a model
   * @throws dev.drover.wire.DroverException when the model does not answer at all
   */
  ExecutionMeasures judge(ReleaseManifest release);
}
