package dev.drover.agent.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.agent.core.model.ChatMessage.Role;
import org.junit.jupiter.api.Test;

class ChatMessageTest {
  @Test
  void message_isSaidByTheRoleThatItIsMadeFor() {
    assertEquals(new ChatMessage(Role.SYSTEM, "be brief"), ChatMessage.system("be brief"));
    assertEquals(new ChatMessage(Role.USER, "why"), ChatMessage.user("why"));
    assertEquals(new ChatMessage(Role.ASSISTANT, "so"), ChatMessage.assistant("so"));
  }
}
