package dev.drover.agent.core;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Calls tools for every kind of caller: the one way from a job, from a program on the device and
 * from a neighbour.
 */
public interface ToolCalls {
  /**
   * Calls a tool on the caller's thread: checks that the caller may, checks the arguments against
   * the schema, calls, checks the result, and records the call for the owner.
   *
   * @param tool name of a tool
   * @param arguments a JSON object
   * @return a JSON object that the tool's result schema accepts
   * @throws dev.drover.wire.DroverException {@code NOT_FOUND}, {@code POLICY_DENIED}, {@code
   *     INVALID_ARGUMENT}, {@code LIMIT_EXCEEDED}, {@code CANCELLED}, {@code DEADLINE_EXCEEDED} or
   *     what the tool failed with
   */
  JsonNode call(String tool, JsonNode arguments, ToolContext context);
}
