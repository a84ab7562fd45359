package dev.drover.agent.core.model;

/**
 * One turn of a conversation, before the model's own template turns it into a prompt.
 *
 * @param role who speaks
 * @param text what is said; control sequences of the model inside it lose their meaning
 */
public record ChatMessage(Role role, String text) {
  /** Who speaks. Tool turns are rendered as text by the caller. */
  public enum Role {
    /** Instructions; only as the first message. */
    SYSTEM,
    /** The person or the task. */
    USER,
    /** The model. */
    ASSISTANT
  }

  /** Returns an instruction. */
  public static ChatMessage system(String text) {
    return new ChatMessage(Role.SYSTEM, text);
  }

  /** Returns what the person or task says. */
  public static ChatMessage user(String text) {
    return new ChatMessage(Role.USER, text);
  }

  /** Returns what the model said. */
  public static ChatMessage assistant(String text) {
    return new ChatMessage(Role.ASSISTANT, text);
  }
}
