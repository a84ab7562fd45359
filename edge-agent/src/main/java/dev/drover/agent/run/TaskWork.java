package dev.drover.agent.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.Caller;
import dev.drover.agent.core.CoarseFigures;
import dev.drover.agent.core.JsonText;
import dev.drover.agent.core.QuestionAnswerer;
import dev.drover.agent.core.ReportedFields;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.TrustedReleases;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.v1.QuestionDetails;
import dev.drover.agent.v1.RunResult;
import dev.drover.agent.v1.RunRow;
import dev.drover.crypto.Hashes;
import dev.drover.release.Question;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.AskTask;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.ResultMode;
import dev.drover.v1.Task;
import dev.drover.v1.ToolTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The work of leases: signed questions to the model, and calls of tools. Thread-safe. */
public final class TaskWork implements ExecutionRunner.Work {
  /** What keeps this process from doing it, and says nothing of an earlier one. */
  private static final Set<ErrorCode> NOT_BEGUN =
      Set.of(
          ErrorCode.CANCELLED,
          ErrorCode.DEADLINE_EXCEEDED,
          ErrorCode.ANSWER_BUDGET_SPENT,
          ErrorCode.QUESTION_NOT_SIGNED,
          ErrorCode.POLICY_DENIED,
          ErrorCode.NOT_FOUND);

  private final CheckedToolCalls tools;
  private final QuestionAnswerer questions;
  private final TrustedReleases releases;
  private final Budget budget;
  private final AuditTrail audit;
  private final Supplier<byte[]> modelSha256;

  /**
   * Makes the work possible.
   *
   * @param modelSha256 digest of the model in memory, empty without one
   */
  public TaskWork(
      CheckedToolCalls tools,
      QuestionAnswerer questions,
      TrustedReleases releases,
      Budget budget,
      AuditTrail audit,
      Supplier<byte[]> modelSha256) {
    this.tools = tools;
    this.questions = questions;
    this.releases = releases;
    this.budget = budget;
    this.audit = audit;
    this.modelSha256 = modelSha256;
  }

  @Override
  public void admit(RunRow row) {
    Task task = row.getLease().getTask();
    if (task.hasTool()) {
      Tool tool = tools.require(task.getTool().getTool(), Caller.HUB);
      tools.checkArguments(tool, arguments(task.getTool()));
    } else if (task.getAsk().getMode() == ResultMode.FLEET_ONLY) {
      throw new DroverException(
          ErrorCode.POLICY_DENIED, "This agent does not add noise to answers yet.");
    }
  }

  @Override
  public RunResult perform(RunRow row, boolean again, CallContext context) {
    Task task = row.getLease().getTask();
    return task.hasTool()
        ? callTool(row, task.getTool(), again, context)
        : orUnknown(again, () -> ask(row, task.getAsk(), context));
  }

  private RunResult callTool(RunRow row, ToolTask task, boolean again, CallContext context) {
    Tool tool = orUnknown(again, () -> tools.require(task.getTool(), Caller.HUB));
    JsonNode arguments = arguments(task);
    String execution = row.getLease().getExecution();
    if (again) {
      Optional<CheckedToolCalls.Recorded> before =
          tools.afterCrash(tool, arguments, context, execution);
      if (before.isPresent()) {
        return succeeded()
            .addAllFields(tool.definition().reported().encode(before.get().result()))
            .setRecord(ByteString.copyFrom(before.get().record()))
            .build();
      }
    }
    // Not where it was looked for, and is not there.
    boolean inDoubt = again && tool.definition().crash() == CrashBehaviour.IDEMPOTENT;
    return orUnknown(inDoubt, () -> call(tool, arguments, context, execution));
  }

  private RunResult call(Tool tool, JsonNode arguments, CallContext context, String execution) {
    ReportedFields reported = tool.definition().reported();
    ExecutionMeasures.Builder measures = ExecutionMeasures.newBuilder();
    if (reported.chargedMillibits() > 0) {
      double bits = reported.chargedMillibits() / 1000.0;
      measures.setBudgetLeftMillibits(charge(context, bits, tool.definition().name()));
    }
    long leftMs = context.remaining().toMillis();
    CheckedToolCalls.Recorded called =
        tools.call(tool.definition().name(), arguments, context, execution);
    long tookMs = Math.max(0, leftMs - context.remaining().toMillis());
    measures.setDurationMs((int) Math.min(Integer.MAX_VALUE, tookMs));
    return succeeded()
        .addAllFields(reported.encode(called.result()))
        .setMeasures(CoarseFigures.told(measures.build()))
        .setRecord(ByteString.copyFrom(called.record()))
        .build();
  }

  /** What an earlier process may have done, and this one did not begin with, is not known. */
  private static <T> T orUnknown(boolean again, Supplier<T> work) {
    try {
      return work.get();
    } catch (DroverException stopped) {
      if (again && NOT_BEGUN.contains(stopped.code())) {
        throw new DroverException(
            ErrorCode.OUTCOME_UNKNOWN,
            "The agent ended while it may have been at work, and was kept from doing it again.",
            stopped);
      }
      throw stopped;
    }
  }

  private RunResult ask(RunRow row, AskTask task, CallContext context) {
    String manifestSha256 = Hashes.hex(task.getManifestSha256().toByteArray());
    ReleaseManifest manifest = releases.manifest(manifestSha256);
    Question question =
        manifest
            .question(task.getQuestion())
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.QUESTION_NOT_SIGNED, "The release does not hold the question."));
    String text = question.text(task.getParametersMap());
    QuestionAnswerer.Asked asked =
        new QuestionAnswerer.Asked(manifest.system(), question.reads(), text, question.answer());
    // Charged before the answer exists: a crash in between costs bits, never tells more of them.
    int left = charge(context, question.answer().bits(), question.id());
    QuestionAnswerer.Answered answered = questions.answer(asked, context);
    QuestionDetails details =
        QuestionDetails.newBuilder()
            .setExecution(row.getLease().getExecution())
            .setManifestSha256(task.getManifestSha256())
            .setQuestion(question.id())
            .setPrompt(answered.prompt())
            .setAnswerJson(JsonText.write(answered.value()))
            .setModelSha256(ByteString.copyFrom(modelSha256.get()))
            .setChargedMillibits((long) Math.ceil(question.answer().bits() * 1000))
            .build();
    byte[] record = Waiting.join(audit.answered(details));
    return succeeded()
        .addAllFields(question.answer().encode(answered.value()))
        .setMeasures(
            CoarseFigures.told(
                answered.measures().toBuilder().setBudgetLeftMillibits(left).build()))
        .setRecord(ByteString.copyFrom(record))
        .build();
  }

  private int charge(CallContext context, double bits, String subject) {
    long left = budget.charge(context.idempotencyKey(), bits, subject);
    return (int) Math.min(Integer.MAX_VALUE, left);
  }

  private static RunResult.Builder succeeded() {
    return RunResult.newBuilder().setState(ExecutionState.SUCCEEDED);
  }

  private static JsonNode arguments(ToolTask task) {
    String text = task.getArgumentsJson().isEmpty() ? "{}" : task.getArgumentsJson();
    Limits.check(
        "The arguments' size",
        text.getBytes(StandardCharsets.UTF_8).length,
        Limits.TOOL_JSON_BYTES_MAX);
    try {
      JsonNode node = JsonText.read(text);
      if (node.isObject()) {
        return node;
      }
    } catch (IOException broken) {
      // The cause would quote the text.
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The arguments are not JSON.");
    }
    throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The arguments are no JSON object.");
  }
}
