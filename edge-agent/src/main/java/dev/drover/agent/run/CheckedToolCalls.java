package dev.drover.agent.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.Caller;
import dev.drover.agent.core.HubPolicy;
import dev.drover.agent.core.JsonText;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolCalls;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.ToolRegistry;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.v1.ToolDetails;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Calls tools with everything around a call that is the same for every caller: policy, schemas,
 * limits, the owner's record. Thread-safe.
 */
public final class CheckedToolCalls implements ToolCalls {
  /** Made when a value does not surely fit: few do that, and the validator is large. */
  private static final class Validator {
    static final SchemaRegistry SCHEMAS =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
  }

  private final ToolRegistry tools;
  private final HubPolicy policy;
  private final AuditTrail audit;
  private final Map<String, Schema> argumentSchemas = new ConcurrentHashMap<>();
  private final Map<String, Schema> resultSchemas = new ConcurrentHashMap<>();

  /** Makes calls to these tools possible. */
  public CheckedToolCalls(ToolRegistry tools, HubPolicy policy, AuditTrail audit) {
    this.tools = tools;
    this.policy = policy;
    this.audit = audit;
  }

  /**
   * A call and what became of it.
   *
   * @param result what the tool gave
   * @param record commitment to the owner's record of the call
   */
  record Recorded(JsonNode result, byte[] record) {}

  @Override
  public JsonNode call(String tool, JsonNode arguments, ToolContext context) {
    return call(tool, arguments, context, "").result();
  }

  Recorded call(String name, JsonNode arguments, ToolContext context, String execution) {
    Tool tool = require(name, context.caller());
    ToolDetails.Builder details = details(tool, context, execution);
    try {
      context.check();
      checkArguments(tool, arguments);
      details.setArgumentsJson(JsonText.write(arguments));
      JsonNode result = tool.call(arguments, context);
      checkResult(tool, result);
      return recorded(details, result);
    } catch (DroverException failed) {
      Waiting.join(audit.called(details.setError(failed.code().number()).build()));
      throw failed;
    }
  }

  /**
   * Finds out what an earlier process, which ended after it had begun with a call, has left. What
   * is found is recorded, for that process may not have come to it.
   *
   * @param arguments that fit the tool's schema
   * @return what the call gave, or empty where it is to be made again
   * @throws DroverException {@code OUTCOME_UNKNOWN} where nobody knows and it is not to be repeated
   */
  Optional<Recorded> afterCrash(
      Tool tool, JsonNode arguments, ToolContext context, String execution) {
    ToolDetails.Builder details =
        details(tool, context, execution).setArgumentsJson(JsonText.write(arguments));
    try {
      Optional<JsonNode> before =
          switch (tool.definition().crash()) {
            case IDEMPOTENT -> Optional.empty();
            case CHECKABLE -> look(tool, arguments, context);
            case ONCE, CRASH_BEHAVIOUR_UNSPECIFIED, UNRECOGNIZED ->
                throw new DroverException(
                    ErrorCode.OUTCOME_UNKNOWN,
                    "The agent ended while the tool may have been at work.");
          };
      return before.map(result -> recorded(details, result));
    } catch (DroverException failed) {
      Waiting.join(audit.called(details.setError(failed.code().number()).build()));
      throw failed;
    }
  }

  private static Optional<JsonNode> look(Tool tool, JsonNode arguments, ToolContext context) {
    try {
      return tool.check(arguments, context);
    } catch (RuntimeException failed) {
      throw new DroverException(
          ErrorCode.OUTCOME_UNKNOWN,
          "The agent ended while the tool may have been at work, and what it did could not be"
              + " looked for.",
          failed);
    }
  }

  private static ToolDetails.Builder details(Tool tool, ToolContext context, String execution) {
    return ToolDetails.newBuilder()
        .setExecution(execution)
        .setCaller(context.caller().name())
        .setTool(tool.definition().name());
  }

  private Recorded recorded(ToolDetails.Builder details, JsonNode result) {
    details.setResultJson(JsonText.write(result));
    return new Recorded(result, Waiting.join(audit.called(details.build())));
  }

  /**
   * Returns a tool that the caller may call.
   *
   * @throws DroverException {@code NOT_FOUND} or {@code POLICY_DENIED}
   */
  Tool require(String name, Caller caller) {
    Tool tool = tools.require(name);
    boolean ofHub = caller == Caller.HUB;
    if (ofHub && (tool.definition().answersQuestions() || !policy.mayCall(tool.definition()))) {
      throw new DroverException(
          ErrorCode.POLICY_DENIED, "The device's policy does not let the hub call this tool.");
    }
    return tool;
  }

  /**
   * Checks arguments without a call.
   *
   * @throws DroverException {@code INVALID_ARGUMENT} or {@code LIMIT_EXCEEDED}
   */
  void checkArguments(Tool tool, JsonNode arguments) {
    limit("The arguments' size", arguments);
    JsonNode rules = tool.definition().argumentsSchema();
    if (PlainSchema.surelyFits(rules, arguments)) {
      return;
    }
    Schema schema =
        argumentSchemas.computeIfAbsent(
            tool.definition().name(), unused -> Validator.SCHEMAS.getSchema(rules));
    List<Error> errors = schema.validate(arguments);
    if (!errors.isEmpty()) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, misfit(tool, errors.get(0)));
    }
  }

  /** Names what the schema names and nothing that the caller wrote. */
  private static String misfit(Tool tool, Error first) {
    String where = String.valueOf(first.getInstanceLocation());
    List<String> takes = new ArrayList<>();
    tool.definition()
        .argumentsSchema()
        .path("properties")
        .fieldNames()
        .forEachRemaining(takes::add);
    return "The arguments do not fit the tool's schema: "
        + (where.isEmpty() ? "they break " : where + " breaks ")
        + first.getKeyword()
        + (takes.isEmpty() ? "; it takes none." : "; it takes " + String.join(", ", takes) + ".");
  }

  private void checkResult(Tool tool, JsonNode result) {
    limit("The result's size", result);
    JsonNode rules = tool.definition().resultSchema();
    if (PlainSchema.surelyFits(rules, result)) {
      return;
    }
    Schema schema =
        resultSchemas.computeIfAbsent(
            tool.definition().name(), unused -> Validator.SCHEMAS.getSchema(rules));
    if (!schema.validate(result).isEmpty()) {
      throw new DroverException(
          ErrorCode.INTERNAL, "The tool gave a result that its schema does not allow.");
    }
  }

  private static void limit(String what, JsonNode value) {
    int bytes = JsonText.write(value).getBytes(StandardCharsets.UTF_8).length;
    Limits.check(what, bytes, Limits.TOOL_JSON_BYTES_MAX);
  }
}
