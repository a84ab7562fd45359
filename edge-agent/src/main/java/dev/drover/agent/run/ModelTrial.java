package dev.drover.agent.run;

import dev.drover.agent.core.Caller;
import dev.drover.agent.core.CandidateTrial;
import dev.drover.agent.core.QuestionAnswerer;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.TextListener;
import dev.drover.agent.llm.RuntimeBenchmark;
import dev.drover.release.GoldenPrompt;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries the model that the runtime has loaded: one answer under a grammar, a few tokens against the
 * clock, and the release's eval suite, answered as questions are but without notes.
 */
public final class ModelTrial implements CandidateTrial {
  private static final String SELF_CHECK_GRAMMAR = "root ::= \"yes\" | \"no\"\n";
  private static final int SELF_CHECK_TOKENS = 8;

  /** Enough to tell the speed within a few per cent, and a matter of seconds on a slow board. */
  private static final int TIMED_TOKENS = 16;

  /** What is not answered in time is not answered right; that a device is slow is no defect. */
  private static final Set<ErrorCode> WRONG_ANSWERS =
      EnumSet.of(
          ErrorCode.ANSWER_OUTSIDE_GRAMMAR, ErrorCode.PROMPT_TOO_LONG, ErrorCode.DEADLINE_EXCEEDED);

  private static final Logger LOG = LoggerFactory.getLogger(ModelTrial.class);

  private final ModelRuntime runtime;
  private final QuestionAnswerer questions;
  private final LongSupplier nanos;
  private final Duration limit;

  /**
   * Makes a trial.
   *
   * @param nanos a clock in nanoseconds that does not fall
   * @param limit for the self-check, and again for all of the eval suite
   */
  public ModelTrial(ModelRuntime runtime, LongSupplier nanos, Duration limit) {
    this.runtime = runtime;
    this.nanos = nanos;
    this.limit = limit;
    ModelGate open = new ModelGate();
    open.open();
    this.questions = new ModelQuestions(runtime, charsMax -> "", open);
  }

  @Override
  public void selfCheck() {
    if (runtime.loaded().isEmpty()) {
      return;
    }
    GenerationRequest request =
        GenerationRequest.of("Answer yes or no:", SELF_CHECK_TOKENS, limit)
            .withGrammar(SELF_CHECK_GRAMMAR)
            .withoutPrefix();
    runtime.generate(request, TextListener.NONE).await();
  }

  @Override
  public ExecutionMeasures measure(ReleaseManifest release) {
    if (runtime.loaded().isEmpty()) {
      return ExecutionMeasures.getDefaultInstance();
    }
    double speed = new RuntimeBenchmark(runtime).generatedTokensPerSecond(TIMED_TOKENS);
    ExecutionMeasures.Builder measures =
        ExecutionMeasures.newBuilder()
            .setMillitokensPerSecond((int) Math.min(Integer.MAX_VALUE, Math.round(speed * 1000)));
    int prompts = release.evalSuite().size();
    if (prompts > 0) {
      CallContext context =
          new CallContext(Caller.LOCAL, release.label(), this::nowMs, nowMs() + limit.toMillis());
      long right =
          release.evalSuite().stream()
              .filter(golden -> isRight(release.system(), golden, context))
              .count();
      measures.setEvalPassPermille((int) (right * 1000 / prompts));
      LOG.atInfo()
          .addKeyValue("release", release.label())
          .addKeyValue("right", right)
          .addKeyValue("of", prompts)
          .log("Eval suite answered");
    }
    return measures.build();
  }

  private boolean isRight(String system, GoldenPrompt golden, CallContext context) {
    QuestionAnswerer.Asked asked =
        new QuestionAnswerer.Asked(system, false, golden.prompt(), golden.answer());
    try {
      QuestionAnswerer.Answered answered = questions.answer(asked, context);
      return golden.answer().encode(answered.value()).equals(golden.expected());
    } catch (DroverException failed) {
      if (WRONG_ANSWERS.contains(failed.code())) {
        return false;
      }
      throw failed;
    }
  }

  private long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong());
  }
}
