package dev.drover.agent.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Struct;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.Generation;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.GenerationResult;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.Sampling;
import dev.drover.agent.core.model.StopReason;
import dev.drover.agent.core.model.TextListener;
import dev.drover.agent.llm.grammar.AnswerGrammar;
import dev.drover.release.AnswerProperty;
import dev.drover.release.AnswerSchema;
import dev.drover.v1.AskRequest;
import dev.drover.v1.AskResponse;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Lets the model answer free questions of programs on the device. Thread-safe. */
final class Asking {
  private static final int TOKENS_MAX = 2048;
  private static final int TOKENS_USUAL = 256;
  private static final float TEMPERATURE = 0.8f;

  private final ModelRuntime runtime;

  Asking(ModelRuntime runtime) {
    this.runtime = runtime;
  }

  /**
   * Answers on the caller's thread.
   *
   * @param to gets the pieces, in order, from the runtime's thread; must not block
   * @return the last message
   */
  AskResponse ask(AskRequest request, ToolContext context, Consumer<AskResponse> to) {
    Optional<AnswerSchema> schema = schema(request);
    GenerationRequest asked = request(request, schema, context);
    context.check();
    String beginning = schema.map(AnswerGrammar::beginning).orElse("");
    Generation generation = runtime.generate(asked, new Pieces(beginning, to));
    context.onCancel(generation::cancel);
    GenerationResult result = generation.await();
    if (result.reason() == StopReason.CANCELLED) {
      throw new DroverException(ErrorCode.CANCELLED, "The question was cancelled.");
    }
    AskResponse.Builder last =
        AskResponse.newBuilder().setDone(true).setMeasures(result.measures());
    schema.ifPresent(closed -> last.setAnswer(answer(closed, beginning + result.text())));
    return last.build();
  }

  /** Hands on what was certain, with the first piece that was not. */
  private static final class Pieces implements TextListener {
    private final Consumer<AskResponse> to;
    private String before;

    Pieces(String before, Consumer<AskResponse> to) {
      this.before = before;
      this.to = to;
    }

    @Override
    public void onText(String piece) {
      to.accept(AskResponse.newBuilder().setText(before + piece).build());
      before = "";
    }
  }

  private GenerationRequest request(
      AskRequest request, Optional<AnswerSchema> schema, ToolContext context) {
    if (request.getPrompt().isBlank()) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The prompt is empty.");
    }
    // Of an unsigned number beyond 2^31 the sign says that it is too large as well.
    int tokens = request.getMaxTokens() == 0 ? TOKENS_USUAL : request.getMaxTokens();
    if (tokens < 0 || tokens > TOKENS_MAX) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, "An answer has at most " + TOKENS_MAX + " tokens.");
    }
    if (runtime.loaded().isEmpty()) {
      throw new DroverException(ErrorCode.MODEL_NOT_LOADED, "There is no model.")
          .withNextStep(
              "`drover agent status` says why; install a release with one, or set model.file.");
    }
    String prompt =
        runtime.render(messages(request, schema)) + schema.map(AnswerGrammar::beginning).orElse("");
    GenerationRequest asked = GenerationRequest.of(prompt, tokens, context.remaining());
    if (schema.isPresent()) {
      return asked.withGrammar(AnswerGrammar.afterBeginning(schema.get()).text());
    }
    return request.getSeed() == 0
        ? asked
        : asked.withSampling(Sampling.of(request.getSeed(), TEMPERATURE));
  }

  private static Optional<AnswerSchema> schema(AskRequest request) {
    return request.hasAnswerSchema()
        ? Optional.of(AnswerSchema.parse(Structs.json(request.getAnswerSchema())))
        : Optional.empty();
  }

  private static List<ChatMessage> messages(AskRequest request, Optional<AnswerSchema> schema) {
    List<ChatMessage> messages = new ArrayList<>();
    if (!request.getSystem().isBlank()) {
      messages.add(ChatMessage.system(request.getSystem()));
    }
    String form = schema.map(Asking::form).orElse("");
    messages.add(ChatMessage.user(request.getPrompt() + form));
    return messages;
  }

  /** Tells the model what the grammar will hold it to. */
  private static String form(AnswerSchema schema) {
    return schema.properties().stream()
        .map(AnswerProperty::name)
        .collect(Collectors.joining(", ", "\n\nAnswer with one JSON object of: ", "."));
  }

  private static Struct answer(AnswerSchema schema, String text) {
    ObjectNode answer = AnswerGrammar.parse(schema, text);
    return Structs.struct(answer);
  }
}
