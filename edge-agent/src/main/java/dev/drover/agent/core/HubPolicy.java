package dev.drover.agent.core;

/** What the device's owner lets the hub do: the last word about every call that comes from it. */
@FunctionalInterface
public interface HubPolicy {
  /** Lets the hub call what only reads and carries no text of people or models. */
  HubPolicy READ_ONLY =
      tool -> tool.risk() == dev.drover.v1.Risk.READ_ONLY && !tool.answersQuestions();

  /** Returns whether the hub may call a tool; asked before each call. */
  boolean mayCall(ToolDefinition tool);
}
