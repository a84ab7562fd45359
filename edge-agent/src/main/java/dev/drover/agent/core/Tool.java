package dev.drover.agent.core;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * Something that the agent can do for a caller. Implementations are thread-safe: several calls may
 * run at the same time.
 */
public interface Tool {
  /** Returns what the tool is; always the same. */
  ToolDefinition definition();

  /**
   * Does it. The arguments have passed the definition's schema; the result will be checked against
   * the result schema and the size limit of {@link dev.drover.wire.Limits#TOOL_JSON_BYTES_MAX}.
   *
   * @throws dev.drover.wire.DroverException where it failed; the message holds no user data
   */
  JsonNode call(JsonNode arguments, ToolContext context);

  /**
   * Looks whether an earlier call with these arguments, cut short by a crash, has had its effect.
   * Asked only of tools whose crash behaviour is {@code CHECKABLE}.
   *
   * @return the result of the effect that happened, or empty where it did not happen and may be
   *     done now
   * @throws dev.drover.wire.DroverException {@code OUTCOME_UNKNOWN} where it cannot be known
   */
  default Optional<JsonNode> check(JsonNode arguments, ToolContext context) {
    return Optional.empty();
  }
}
