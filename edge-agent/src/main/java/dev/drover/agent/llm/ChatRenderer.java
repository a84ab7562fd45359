package dev.drover.agent.llm;

import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.ChatMessage.Role;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Renders messages by the model's template without showing them to it.
 *
 * <p>The engine renders plain words, which are then replaced by the texts: so no text can break the
 * native code, which aborts over what it does not expect and damages characters beyond the basic
 * plane, and what looks like a control token in a text can be made harmless.
 */
final class ChatRenderer {
  private static final int MESSAGES_MAX = 64;

  /** Spellings of control tokens in the families of models that the engine knows. */
  private static final Pattern CONTROL =
      Pattern.compile(
          "(<|\\[)(?=(\\|[^<>|\\n]{1,40}\\|>)|(\uFF5C[^<>\\n]{1,40}\uFF5C>)"
              + "|(/?s>)|((bos|eos|pad|unk|mask|start_of_turn|end_of_turn|repo_name|file_sep)>)"
              + "|(fim_[a-z]{1,12}>)|(/?(INST|TOOL_[A-Z]{1,12}|SYSTEM_PROMPT|AVAILABLE_TOOLS)\\]))");

  private ChatRenderer() {}

  /**
   * Returns the prompt.
   *
   * @param template renders messages of plain words
   */
  static String render(List<ChatMessage> messages, Function<List<ChatMessage>, String> template) {
    check(messages);
    List<ChatMessage> words = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      words.add(new ChatMessage(messages.get(i).role(), word(i)));
    }
    String frame = template.apply(words);
    StringBuilder prompt = new StringBuilder();
    int done = 0;
    for (int i = 0; i < messages.size(); i++) {
      int at = frame.indexOf(word(i), done);
      if (at < 0) {
        throw new DroverException(
            ErrorCode.INTERNAL, "The model's chat template does not show every message once.");
      }
      prompt.append(frame, done, at).append(harmless(messages.get(i).text()));
      done = at + word(i).length();
    }
    return prompt.append(frame, done, frame.length()).toString();
  }

  /** Returns the text with a space inside everything that reads like a control token. */
  static String harmless(String text) {
    return CONTROL.matcher(text).replaceAll("$1 ");
  }

  private static String word(int index) {
    return String.format(Locale.ROOT, "Drover%02dMessage", index);
  }

  private static void check(List<ChatMessage> messages) {
    boolean hasTurn = false;
    for (int i = 0; i < messages.size(); i++) {
      boolean system = messages.get(i).role() == Role.SYSTEM;
      hasTurn |= !system;
      if (system && i > 0) {
        throw new DroverException(
            ErrorCode.INVALID_ARGUMENT, "A system message is allowed only first.");
      }
    }
    if (!hasTurn || messages.size() > MESSAGES_MAX) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "A chat needs 1 to " + MESSAGES_MAX + " messages.");
    }
  }
}
