package dev.drover.agent.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.drover.agent.core.HubPolicy;
import dev.drover.agent.core.OwnerConsent;
import dev.drover.agent.core.ReportedFields;
import dev.drover.agent.core.ReportedFields.Field;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.ToolDefinition;
import dev.drover.agent.core.ToolRegistry;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.agent.v1.TurnRow;
import dev.drover.v1.AgentStatus;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.Risk;
import dev.drover.v1.WaitReason;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A server over tools that tests can hold; every part of the server itself is the real one. */
public final class ServerFixture implements AutoCloseable {
  /** What the owner said yes to; one execution waits. */
  public final List<String> consents = new CopyOnWriteArrayList<>();

  final List<String> requests = new CopyOnWriteArrayList<>();
  final AtomicInteger calls = new AtomicInteger();
  final CompletableFuture<Void> held = new CompletableFuture<>();
  final SecureRandom random = new SecureRandom();
  final AgentServer server;

  /** Starts a server. */
  public ServerFixture(Path socket, ModelRuntime runtime, @Nullable Neighbours neighbours) {
    OwnerConsent consent =
        new OwnerConsent() {
          @Override
          public List<TurnRow> waiting() {
            TurnArrived arrived =
                TurnArrived.newBuilder()
                    .setExecution("j12-3")
                    .setTask("install assist/2.0.0")
                    .setExpiresMs(1_800_000_000_000L)
                    .build();
            return List.of(
                TurnRow.newBuilder()
                    .setArrived(arrived)
                    .setWaitsFor(WaitReason.WAITS_FOR_OWNER)
                    .build());
          }

          @Override
          public void give(String execution) {
            consents.add(execution);
          }
        };
    ToolRegistry tools =
        ToolRegistry.of(
            List.of(new Echo("test.echo", false), new Echo("test.text", true), new Held()));
    AgentParts parts =
        new AgentParts(
            tools,
            (name, arguments, context) -> tools.require(name).call(arguments, context),
            HubPolicy.READ_ONLY,
            runtime,
            () -> AgentStatus.newBuilder().setVersion("1.2.3").setPid(42).build(),
            consent,
            requests::add,
            () -> 0,
            random);
    server = AgentServer.start(socket, parts, neighbours);
  }

  @Override
  public void close() {
    held.complete(null);
    server.close();
  }

  private static ToolDefinition definition(String name, boolean asks) {
    JsonNode any = JsonNodeFactory.instance.objectNode().put("type", "object");
    return new ToolDefinition(
        name,
        "For tests.",
        any,
        any,
        Risk.READ_ONLY,
        CrashBehaviour.IDEMPOTENT,
        new ReportedFields(List.of(Field.number("number", 0, 9)), 0),
        asks);
  }

  private final class Echo implements Tool {
    private final ToolDefinition definition;

    Echo(String name, boolean asks) {
      definition = ServerFixture.definition(name, asks);
    }

    @Override
    public ToolDefinition definition() {
      return definition;
    }

    @Override
    public JsonNode call(JsonNode arguments, ToolContext context) {
      calls.incrementAndGet();
      return arguments;
    }
  }

  private final class Held implements Tool {
    @Override
    public ToolDefinition definition() {
      return ServerFixture.definition("test.held", false);
    }

    @Override
    public JsonNode call(JsonNode arguments, ToolContext context) {
      held.join();
      return arguments;
    }
  }
}
