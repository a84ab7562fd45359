package dev.drover.agent.api;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.drover.agent.core.model.StopReason;
import dev.drover.v1.AgentServiceGrpc;
import dev.drover.v1.AskRequest;
import dev.drover.v1.AskResponse;
import dev.drover.v1.CallToolRequest;
import dev.drover.v1.CallToolResponse;
import dev.drover.v1.GetStatusRequest;
import dev.drover.v1.ListToolsRequest;
import dev.drover.v1.Tool;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class AgentServerTest {
  @TempDir Path directory;
  private Path socket;
  private ServerFixture fixture;
  private LocalClient client;
  private AgentServiceGrpc.AgentServiceBlockingStub calls;

  @BeforeEach
  void start() {
    socket = directory.resolve("run/agent.sock");
    start(new StepRuntime(false, "Hello", " you"));
  }

  private void start(StepRuntime runtime) {
    fixture = new ServerFixture(socket, runtime, null);
    client = new LocalClient(socket);
    calls = AgentServiceGrpc.newBlockingStub(client.channel);
  }

  @AfterEach
  void stop() throws InterruptedException {
    client.close();
    fixture.close();
  }

  @Test
  void status_overSocket_isTheSources() {
    assertEquals("1.2.3", calls.getStatus(GetStatusRequest.getDefaultInstance()).getVersion());
    assertEquals(-1, fixture.server.tcpPort());
    assertTrue(fixture.requests.isEmpty());
  }

  @Test
  void tools_overSocket_sayWhatTheHubMay() {
    List<Tool> tools = calls.listTools(ListToolsRequest.getDefaultInstance()).getToolsList();

    assertEquals(
        List.of("test.echo", "test.held", "test.text"), tools.stream().map(Tool::getName).toList());
    assertTrue(tools.get(0).getHubMayCall());
    assertFalse(tools.get(2).getHubMayCall());
    assertEquals(
        "object", tools.get(0).getArgumentsSchema().getFieldsOrThrow("type").getStringValue());
  }

  @Test
  void call_tool_givesItsResultAndIsRecorded() {
    CallToolResponse response = calls.callTool(echo("", 5));

    assertEquals(5, response.getResult().getFieldsOrThrow("number").getNumberValue());
    assertEquals(List.of("LOCAL call test.echo"), fixture.requests);
  }

  @Test
  void call_withOneKeyTwice_isOneCall() {
    assertEquals(calls.callTool(echo("k", 5)), calls.callTool(echo("k", 5)));
    assertEquals(1, fixture.calls.get());
    assertEquals(ErrorCode.ALREADY_EXISTS, refused(() -> calls.callTool(echo("k", 6))));
  }

  @Test
  void call_thatIsWrong_isRefusedWithItsCode() {
    CallToolRequest unknown = CallToolRequest.newBuilder().setName("test.none").build();
    Struct huge =
        Struct.newBuilder()
            .putFields("text", Value.newBuilder().setStringValue("x".repeat(40_000)).build())
            .build();

    assertEquals(ErrorCode.NOT_FOUND, refused(() -> calls.callTool(unknown)));
    assertEquals(
        ErrorCode.LIMIT_EXCEEDED,
        refused(() -> calls.callTool(echo("", 1).toBuilder().setArguments(huge).build())));
    assertEquals(
        ErrorCode.INVALID_ARGUMENT, refused(() -> calls.callTool(echo("k".repeat(129), 1))));
  }

  @Test
  void calls_moreThanFit_areRefusedAtOnceWhileStatusAnswers() {
    AgentServiceGrpc.AgentServiceFutureStub async = AgentServiceGrpc.newFutureStub(client.channel);
    CallToolRequest held = CallToolRequest.newBuilder().setName("test.held").build();
    List<ListenableFuture<CallToolResponse>> waiting = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      waiting.add(async.callTool(held));
    }
    await().until(() -> fixture.requests.size() == 16);

    assertEquals(ErrorCode.RESOURCE_EXHAUSTED, refused(() -> calls.callTool(held)));
    assertEquals(42, calls.getStatus(GetStatusRequest.getDefaultInstance()).getPid());

    fixture.held.complete(null);
    await().until(() -> waiting.stream().allMatch(ListenableFuture::isDone));
    assertTrue(waiting.stream().allMatch(AgentServerTest::succeeded));
  }

  @Test
  void ask_question_streamsPiecesAndEndsWithMeasures() {
    List<AskResponse> responses = new ArrayList<>();
    calls
        .ask(AskRequest.newBuilder().setPrompt("Hi").setSystem("Be kind").build())
        .forEachRemaining(responses::add);

    assertEquals(
        List.of("Hello", " you", ""), responses.stream().map(AskResponse::getText).toList());
    assertTrue(responses.get(2).getDone());
    assertEquals(7, responses.get(2).getMeasures().getPromptTokens());
    assertEquals(100_000, responses.get(2).getMeasures().getMillitokensPerSecond());
    assertEquals(List.of("LOCAL ask"), fixture.requests);
  }

  @Test
  void ask_withSchema_givesTheParsedAnswer() throws InterruptedException {
    stop();
    start(new StepRuntime(false, "tru", "e}"));
    AskRequest request =
        AskRequest.newBuilder().setPrompt("Is it?").setAnswerSchema(schema("boolean")).build();

    List<AskResponse> responses = new ArrayList<>();
    calls.ask(request).forEachRemaining(responses::add);

    assertEquals(
        List.of("{\"urgent\":tru", "e}", ""),
        responses.stream().map(AskResponse::getText).toList());
    assertTrue(responses.get(2).getAnswer().getFieldsOrThrow("urgent").getBoolValue());
  }

  @Test
  void ask_thatIsWrong_isRefusedWithItsCode() {
    AskRequest any = AskRequest.newBuilder().setPrompt("Hi").build();

    assertEquals(ErrorCode.INVALID_ARGUMENT, refusedAsk(any.toBuilder().setPrompt(" ").build()));
    assertEquals(ErrorCode.LIMIT_EXCEEDED, refusedAsk(any.toBuilder().setMaxTokens(2049).build()));
    assertEquals(ErrorCode.LIMIT_EXCEEDED, refusedAsk(any.toBuilder().setMaxTokens(-1).build()));
    assertEquals(
        ErrorCode.SCHEMA_NOT_ALLOWED,
        refusedAsk(any.toBuilder().setAnswerSchema(schema("string")).build()));
  }

  @Test
  void ask_cancelledByTheCaller_cancelsTheGeneration() throws InterruptedException {
    stop();
    StepRuntime runtime = new StepRuntime(true, "Once");
    start(runtime);
    try (Context.CancellableContext mine = Context.current().withCancellation()) {
      mine.run(
          () -> {
            Iterator<AskResponse> pieces =
                calls.ask(AskRequest.newBuilder().setPrompt("A tale").build());
            assertEquals("Once", pieces.next().getText());
          });
      mine.cancel(null);
      await().until(runtime.end::isDone);
    }
    assertEquals(StopReason.CANCELLED, runtime.end.getNow(StopReason.END));
  }

  @Test
  void health_ofService_isServing() {
    HealthCheckRequest request =
        HealthCheckRequest.newBuilder().setService(AgentServiceGrpc.SERVICE_NAME).build();

    assertEquals(
        ServingStatus.SERVING,
        HealthGrpc.newBlockingStub(client.channel).check(request).getStatus());
  }

  private ErrorCode refusedAsk(AskRequest request) {
    return refused(() -> calls.ask(request).forEachRemaining(piece -> {}));
  }

  private static ErrorCode refused(Executable call) {
    DroverException failure = GrpcErrors.parse(assertThrows(StatusRuntimeException.class, call));
    return failure.code();
  }

  private static boolean succeeded(ListenableFuture<CallToolResponse> call) {
    try {
      return call.get().hasResult();
    } catch (InterruptedException | ExecutionException failed) {
      return false;
    }
  }

  private static CallToolRequest echo(String key, int number) {
    return CallToolRequest.newBuilder()
        .setName("test.echo")
        .setIdempotencyKey(key)
        .setArguments(
            Struct.newBuilder()
                .putFields("number", Value.newBuilder().setNumberValue(number).build()))
        .build();
  }

  private static Struct schema(String type) {
    String text =
        """
        {"type": "object", "additionalProperties": false, "required": ["urgent"],
         "properties": {"urgent": {"type": "TYPE"}}}
        """
            .replace("TYPE", type);
    Struct.Builder struct = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(text, struct);
    } catch (InvalidProtocolBufferException notJson) {
      throw new IllegalArgumentException(notJson);
    }
    return struct.build();
  }
}
