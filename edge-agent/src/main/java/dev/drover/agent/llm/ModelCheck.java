package dev.drover.agent.llm;

import dev.drover.agent.core.model.ModelSpec;
import java.util.Set;

/** Says from a model's header, before any native code sees the file, whether it can be loaded. */
interface ModelCheck {
  /**
   * Returns the model's architecture.
   *
   * @throws dev.drover.wire.DroverException {@code MODEL_UNREADABLE}, {@code MODEL_CORRUPT}, {@code
   *     MODEL_ARCHITECTURE_UNKNOWN} or {@code MODEL_TOO_LARGE}
   */
  String check(ModelSpec spec, Set<String> knownArchitectures);
}
