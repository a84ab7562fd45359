package dev.drover.agent.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.core.Caller;
import dev.drover.agent.core.JsonText;
import dev.drover.agent.core.ReportedFields;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.ToolDefinition;
import dev.drover.agent.run.CallContext;
import dev.drover.agent.v1.TurnRow;
import dev.drover.v1.AgentServiceGrpc;
import dev.drover.v1.AgentStatus;
import dev.drover.v1.AskRequest;
import dev.drover.v1.AskResponse;
import dev.drover.v1.CallToolRequest;
import dev.drover.v1.CallToolResponse;
import dev.drover.v1.GetStatusRequest;
import dev.drover.v1.GiveConsentRequest;
import dev.drover.v1.GiveConsentResponse;
import dev.drover.v1.ListToolsRequest;
import dev.drover.v1.ListToolsResponse;
import dev.drover.v1.ListWaitingRequest;
import dev.drover.v1.ListWaitingResponse;
import dev.drover.v1.WaitReason;
import dev.drover.v1.WaitingExecution;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Ids;
import dev.drover.wire.Limits;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests of one kind of caller. The transport's threads only hand over; what takes time
 * runs on workers, and what finds them busy is refused at once.
 */
final class AgentCalls extends AgentServiceGrpc.AgentServiceImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(AgentCalls.class);
  private static final Duration TIMEOUT_USUAL = Duration.ofMinutes(10);
  private static final Duration TIMEOUT_MAX = Duration.ofHours(1);
  private static final int KEY_CHARS_MAX = 128;
  private static final int KEY_BYTES = 16;
  private static final int NAME_CHARS_MAX = 64;

  private final Caller caller;
  private final AgentParts parts;
  private final Workers quick;
  private final Workers workers;
  private final KnownCalls known;
  private final Asking asking;

  /**
   * Makes the service.
   *
   * @param quick for what is answered from memory or the store
   * @param workers for tools and questions
   */
  AgentCalls(Caller caller, AgentParts parts, Workers quick, Workers workers, KnownCalls known) {
    this.caller = caller;
    this.parts = parts;
    this.quick = quick;
    this.workers = workers;
    this.known = known;
    this.asking = new Asking(parts.runtime());
  }

  @Override
  public void getStatus(GetStatusRequest request, StreamObserver<AgentStatus> to) {
    answer(quick, to, context -> parts.status().status());
  }

  @Override
  public void listTools(ListToolsRequest request, StreamObserver<ListToolsResponse> to) {
    answer(quick, to, context -> list());
  }

  @Override
  public void callTool(CallToolRequest request, StreamObserver<CallToolResponse> to) {
    String name = request.getName();
    record("call " + name.substring(0, Math.min(NAME_CHARS_MAX, name.length())));
    String key = request.getIdempotencyKey();
    if (key.isEmpty()) {
      answer(workers, to, newKey(), context -> call(request, context));
      return;
    }
    answer(workers, to, key, context -> known.call(scope(), request, () -> call(request, context)));
  }

  @Override
  public void ask(AskRequest request, StreamObserver<AskResponse> to) {
    record("ask");
    answer(workers, to, context -> asking.ask(request, context, to::onNext));
  }

  @Override
  public void listWaiting(ListWaitingRequest request, StreamObserver<ListWaitingResponse> to) {
    answer(
        quick,
        to,
        context -> {
          requireOwner();
          ListWaitingResponse.Builder list = ListWaitingResponse.newBuilder();
          parts.consent().waiting().forEach(row -> list.addWaiting(waiting(row)));
          return list.build();
        });
  }

  @Override
  public void giveConsent(GiveConsentRequest request, StreamObserver<GiveConsentResponse> to) {
    answer(
        quick,
        to,
        context -> {
          requireOwner();
          parts.consent().give(Ids.requireReference("The execution", request.getExecution()));
          return GiveConsentResponse.getDefaultInstance();
        });
  }

  private void requireOwner() {
    if (caller != Caller.LOCAL) {
      throw new DroverException(
          ErrorCode.PERMISSION_DENIED, "Only a program on the device speaks for its owner.");
    }
  }

  private static WaitingExecution waiting(TurnRow row) {
    return WaitingExecution.newBuilder()
        .setExecution(row.getArrived().getExecution())
        .setJob(row.getArrived().getJob())
        .setTask(row.getArrived().getTask())
        .setWaitsFor(row.getWaitsFor())
        .setNeedsOwner(
            row.getArrived().getConditions().getOwnerConsent()
                || row.getWaitsFor() == WaitReason.WAITS_FOR_OWNER)
        .setConsented(row.getConsented())
        .setPriority(row.getArrived().getPriority())
        .setExpiresMs(row.getArrived().getExpiresMs())
        .build();
  }

  private void record(String what) {
    parts.requests().accept(caller + " " + what);
  }

  private String newKey() {
    byte[] key = new byte[KEY_BYTES];
    parts.random().nextBytes(key);
    return HexFormat.of().formatHex(key);
  }

  private String scope() {
    return caller == Caller.LOCAL ? "" : PeerTrust.peer();
  }

  private ListToolsResponse list() {
    ListToolsResponse.Builder list = ListToolsResponse.newBuilder();
    for (Tool tool : parts.tools().tools()) {
      ToolDefinition definition = tool.definition();
      list.addToolsBuilder()
          .setName(definition.name())
          .setDescription(definition.description())
          .setArgumentsSchema(Structs.struct(definition.argumentsSchema()))
          .setResultSchema(Structs.struct(definition.resultSchema()))
          .setRisk(definition.risk())
          .setCrash(definition.crash())
          .setHubMayCall(mayLeave(definition));
    }
    return list.build();
  }

  private CallToolResponse call(CallToolRequest request, ToolContext context) {
    ToolDefinition definition = parts.tools().require(request.getName()).definition();
    if (caller != Caller.LOCAL && !mayLeave(definition)) {
      throw new DroverException(
          ErrorCode.POLICY_DENIED, "The device's policy does not let a neighbour call this tool.");
    }
    ObjectNode arguments = Structs.json(request.getArguments());
    int bytes = JsonText.write(arguments).getBytes(StandardCharsets.UTF_8).length;
    Limits.check("The arguments' size", bytes, Limits.TOOL_JSON_BYTES_MAX);
    JsonNode result = parts.calls().call(request.getName(), arguments, context);
    JsonNode told = caller == Caller.LOCAL ? result : reported(definition, result);
    return CallToolResponse.newBuilder().setResult(Structs.struct(told)).build();
  }

  private boolean mayLeave(ToolDefinition definition) {
    return !definition.answersQuestions() && parts.policy().mayCall(definition);
  }

  /** Returns what the hub would be told, too: a neighbour learns no more than that. */
  private static ObjectNode reported(ToolDefinition definition, JsonNode result) {
    // Encoding is the check that every field is of its declared kind.
    definition.reported().encode(result);
    ObjectNode told = JsonNodeFactory.instance.objectNode();
    for (ReportedFields.Field field : definition.reported().fields()) {
      if (result.has(field.name())) {
        told.set(field.name(), result.path(field.name()));
      }
    }
    return told;
  }

  private <T> void answer(Workers on, StreamObserver<T> to, Function<CallContext, T> work) {
    answer(on, to, "", work);
  }

  private <T> void answer(
      Workers on, StreamObserver<T> to, String key, Function<CallContext, T> work) {
    CallContext context = new CallContext(caller, key, this::nowMs, nowMs() + timeout().toMillis());
    // Set before anything is handed over: afterwards a cancelled call no longer throws.
    ((ServerCallStreamObserver<T>) to).setOnCancelHandler(context::cancel);
    try {
      if (key.length() > KEY_CHARS_MAX) {
        throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The idempotency key is too long.");
      }
      on.run(Context.current().wrap(() -> run(to, context, work)));
    } catch (DroverException refused) {
      to.onError(GrpcErrors.of(refused));
    }
  }

  private static <T> void run(
      StreamObserver<T> to, CallContext context, Function<CallContext, T> work) {
    T last;
    try {
      last = work.apply(context);
    } catch (RuntimeException failed) {
      if (!(failed instanceof DroverException)) {
        LOG.atError().setCause(failed).log("A request failed unexpectedly");
      }
      to.onError(GrpcErrors.of(failed));
      return;
    }
    to.onNext(last);
    to.onCompleted();
  }

  private long nowMs() {
    return TimeUnit.NANOSECONDS.toMillis(parts.nanoTime().getAsLong());
  }

  private static Duration timeout() {
    Deadline deadline = Context.current().getDeadline();
    if (deadline == null) {
      return TIMEOUT_USUAL;
    }
    Duration left = Duration.ofMillis(Math.max(1, deadline.timeRemaining(TimeUnit.MILLISECONDS)));
    return left.compareTo(TIMEOUT_MAX) > 0 ? TIMEOUT_MAX : left;
  }
}
