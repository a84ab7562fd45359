package dev.drover.release;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * What a device must have before a byte of a release is fetched. Immutable.
 *
 * @param architecture {@code general.architecture} of the model; empty without a model
 * @param memoryBytes for weights, key-value cache and buffers; 0 when unknown
 * @param diskBytes for the artifacts; 0 when unknown
 */
public record Requirements(String architecture, long memoryBytes, long diskBytes) {
  static Requirements parse(JsonNode node) {
    Requirements requirements =
        new Requirements(
            node.path("architecture").asText(),
            node.path("memoryBytes").asLong(),
            node.path("diskBytes").asLong());
    if (requirements.memoryBytes < 0 || requirements.diskBytes < 0) {
      throw new DroverException(ErrorCode.MESSAGE_MALFORMED, "Requirements are not negative.");
    }
    return requirements;
  }
}
