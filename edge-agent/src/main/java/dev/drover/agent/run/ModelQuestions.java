package dev.drover.agent.run;

import dev.drover.agent.core.NotesSource;
import dev.drover.agent.core.QuestionAnswerer;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.Generation;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.GenerationResult;
import dev.drover.agent.core.model.LoadedModel;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.StopReason;
import dev.drover.agent.core.model.TextListener;
import dev.drover.agent.llm.grammar.AnswerGrammar;
import dev.drover.release.AnswerProperty;
import dev.drover.release.AnswerSchema;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the loaded model, under a grammar made from the answer schema, always greedily. What every
 * answer begins with is part of the prompt, so that the model generates nothing but choices.
 */
public final class ModelQuestions implements QuestionAnswerer {
  private static final int NOTES_CHARS_MAX = 200_000;
  private static final int ANSWER_TOKENS_MAX = 1024;
  private static final Duration DEADLINE_MAX = Duration.ofHours(1);
  private static final String SHORTENED = "The notes do not all fit the model's context";

  private static final Logger LOG = LoggerFactory.getLogger(ModelQuestions.class);

  private final ModelRuntime runtime;
  private final NotesSource notes;
  private final ModelGate gate;

  /**
   * Makes an answerer over a runtime and the owner's notes.
   *
   * @param gate opens when the runtime was given its model, or there is none
   */
  public ModelQuestions(ModelRuntime runtime, NotesSource notes, ModelGate gate) {
    this.runtime = runtime;
    this.gate = gate;
    this.notes = notes;
  }

  @Override
  public Answered answer(Asked question, ToolContext context) {
    gate.await(context);
    LoadedModel model =
        runtime
            .loaded()
            .orElseThrow(
                () -> new DroverException(ErrorCode.MODEL_NOT_LOADED, "There is no model."));
    context.check();
    AnswerSchema schema = question.schema();
    int answerTokens = answerTokensMax(schema);
    String prompt = prompt(question, model.promptTokensMax(answerTokens));
    Duration deadline = context.remaining();
    GenerationRequest request =
        GenerationRequest.of(
                prompt,
                answerTokens,
                deadline.compareTo(DEADLINE_MAX) > 0 ? DEADLINE_MAX : deadline)
            .withGrammar(AnswerGrammar.afterBeginning(schema).text());
    Generation generation = runtime.generate(request, TextListener.NONE);
    context.onCancel(generation::cancel);
    GenerationResult result = generation.await();
    if (result.reason() == StopReason.CANCELLED) {
      throw new DroverException(ErrorCode.CANCELLED, "The question was cancelled.");
    }
    String answer = AnswerGrammar.beginning(schema) + result.text();
    return new Answered(prompt, AnswerGrammar.parse(schema, answer), result.measures());
  }

  /**
   * Returns the prompt, with as many of the notes as fit. Where there are some and none of them
   * fits, the question is refused: an answer would pass for one that read them.
   */
  private String prompt(Asked question, int tokensMax) {
    String bare = rendered(question, "");
    String own = question.notes() ? notes.text(NOTES_CHARS_MAX) : "";
    if (own.isEmpty()) {
      return bare;
    }
    int all = own.length();
    int bareTokens = runtime.tokens(bare);
    int room = tokensMax - bareTokens;
    while (room > 0 && !own.isEmpty()) {
      String prompt = rendered(question, own);
      int tokens = runtime.tokens(prompt);
      if (tokens <= tokensMax) {
        if (own.length() < all) {
          LOG.atInfo().addKeyValue("of", all).addKeyValue("read", own.length()).log(SHORTENED);
        }
        return prompt;
      }
      // Tokens are not equally long everywhere; at least a tenth shorter each time, it ends.
      long fitting = (long) own.length() * room / (tokens - bareTokens);
      own = notes.text((int) Math.min(fitting, own.length() * 9L / 10));
    }
    throw new DroverException(
        ErrorCode.PROMPT_TOO_LONG,
        "The question ("
            + bareTokens
            + " tokens) leaves no room for the notes in a prompt of "
            + tokensMax
            + ".");
  }

  private String rendered(Asked question, String own) {
    return runtime.render(messages(question, own)) + AnswerGrammar.beginning(question.schema());
  }

  private static List<ChatMessage> messages(Asked question, String own) {
    List<ChatMessage> messages = new ArrayList<>();
    if (!question.system().isEmpty()) {
      messages.add(ChatMessage.system(question.system()));
    }
    StringBuilder text = new StringBuilder();
    if (!own.isEmpty()) {
      text.append("Notes:\n").append(own).append("\n\n");
    }
    text.append(question.text()).append("\n\nAnswer with one JSON object:\n");
    for (AnswerProperty property : question.schema().properties()) {
      text.append("- \"").append(property.name()).append("\": ");
      text.append(choices(property)).append('\n');
    }
    messages.add(ChatMessage.user(text.toString()));
    return messages;
  }

  private static String choices(AnswerProperty property) {
    return switch (property.kind()) {
      case FLAG -> "true or false";
      case CHOICE -> "one of \"" + String.join("\", \"", property.choices()) + "\"";
      case NUMBER -> "a whole number from " + property.min() + " to " + property.max();
    };
  }

  /** A token is at least one character, so the longest answer's characters bound its tokens. */
  private static int answerTokensMax(AnswerSchema schema) {
    int chars = 2;
    for (AnswerProperty property : schema.properties()) {
      int value = property.choices().stream().mapToInt(String::length).max().orElse(20);
      chars += property.name().length() + value + 6;
    }
    return Math.min(ANSWER_TOKENS_MAX, chars);
  }
}
