package dev.drover.hub.fleet;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import dev.drover.wire.Limits;
import java.util.Map;

/** Checks labels: identifiers on both sides, so that selectors and topics stay simple. */
final class Labels {
  private Labels() {}

  /**
   * Checks the labels of a device.
   *
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT} or {@link ErrorCode#LIMIT_EXCEEDED}
   */
  static void check(Map<String, String> labels) {
    Limits.check("The number of labels", labels.size(), Limits.LABELS_MAX);
    labels.forEach(
        (key, value) -> {
          Ids.requireReference("label's key", key);
          Ids.requireReference("label's value", value);
        });
  }
}
