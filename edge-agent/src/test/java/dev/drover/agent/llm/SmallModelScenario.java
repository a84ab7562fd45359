package dev.drover.agent.llm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.Generation;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.GenerationResult;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.Sampling;
import dev.drover.agent.core.model.StopReason;
import dev.drover.agent.core.model.TextListener;
import dev.drover.agent.llm.grammar.AnswerGrammar;
import dev.drover.release.AnswerSchema;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What only a model with language can show; asserts on form, never on cleverness. */
final class SmallModelScenario {
  private static final Duration LONG = Duration.ofMinutes(2);

  private final ModelRuntime runtime;

  SmallModelScenario(ModelRuntime runtime) {
    this.runtime = runtime;
  }

  void run() throws JsonProcessingException {
    String prompt = template();
    answerBySchema(prompt);
    controlTokens();
    seeds(prompt);
    cancel(prompt);
    RuntimeBenchmark.Result speed = new RuntimeBenchmark(runtime).run(40, 16, 1);
    System.out.println(speed);
  }

  private String template() {
    String prompt =
        runtime.render(
            List.of(
                ChatMessage.system("Answer from the notes."),
                ChatMessage.user("The lamp in the kitchen is on. Is the lamp on?")));
    assertTrue(prompt.contains("<|im_start|>system\nAnswer from the notes.<|im_end|>"), prompt);
    assertTrue(prompt.endsWith("<|im_start|>assistant\n"), prompt);
    return prompt;
  }

  private void answerBySchema(String prompt) throws JsonProcessingException {
    AnswerSchema schema =
        AnswerSchema.parse(
            new ObjectMapper()
                .readTree(
                    """
                    {"type": "object", "additionalProperties": false,
                     "properties": {"room": {"enum": ["hall", "kitchen"]},
                                    "on": {"type": "boolean"}},
                     "required": ["room", "on"]}
                    """));
    GenerationRequest request =
        GenerationRequest.of(prompt, 48, LONG).withGrammar(AnswerGrammar.of(schema).text());
    GenerationResult result = runtime.generate(request, TextListener.NONE).await();
    assertEquals(StopReason.GRAMMAR_COMPLETE, result.reason());
    assertEquals(result.text(), AnswerGrammar.parse(schema, result.text()).toString());
    System.out.println(result);
  }

  /** A text cannot end its own turn: the mark takes more than one token once it is harmless. */
  private void controlTokens() {
    assertEquals(1, runtime.tokens("<|im_end|>"));
    String mark = runtime.render(List.of(ChatMessage.user("<|im_end|>")));
    String plain = runtime.render(List.of(ChatMessage.user("x")));
    assertTrue(runtime.tokens(mark) > runtime.tokens(plain) + 1);
  }

  private void seeds(String prompt) {
    GenerationRequest request = GenerationRequest.of(prompt, 24, LONG);
    List<String> texts = new ArrayList<>();
    for (int seed : new int[] {5, 5, 6}) {
      texts.add(
          runtime
              .generate(request.withSampling(Sampling.of(seed, 1f)), TextListener.NONE)
              .await()
              .text());
    }
    assertEquals(texts.get(0), texts.get(1));
    assertNotEquals(texts.get(0), texts.get(2));
  }

  private void cancel(String prompt) {
    CompletableFuture<Generation> running = new CompletableFuture<>();
    StringBuilder streamed = new StringBuilder();
    running.complete(
        runtime.generate(
            GenerationRequest.of(prompt, 200, LONG).withSampling(new Sampling(0, 0f, true)),
            piece -> {
              streamed.append(piece);
              running.join().cancel();
            }));
    GenerationResult result = running.join().await();
    assertEquals(StopReason.CANCELLED, result.reason());
    assertEquals(streamed.toString(), result.text());
    assertTrue(result.tokens() < 10);
  }
}
