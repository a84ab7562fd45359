package dev.drover.deploy.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.drover.agent.core.ReportedFields;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolContext;
import dev.drover.agent.core.ToolDefinition;
import dev.drover.machine.sim.SimulatedCrash;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.Risk;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Optional;

/**
 * Tools under names that jobs may use, one for each thing that a crash may mean, and one that the
 * device's policy keeps from the hub. What they do to the device is noted in the ledger.
 */
final class SimTools {
  /** A tool that may be repeated. */
  static final String IDEMPOTENT = "device.status";

  /** A tool whose effect can be looked for. */
  static final String CHECKABLE = "files.list";

  /** A tool that must never be called twice. */
  static final String ONCE = "files.read";

  /** A tool that the hub may not call. */
  static final String FORBIDDEN = "files.search";

  /** What a device does for a question, which may be put to it again. */
  static final ToolDefinition ANSWERING =
      definition("question", Risk.READ_ONLY, CrashBehaviour.IDEMPOTENT);

  private static final int LINGER_MS_MAX = 9_000;
  private static final int LASTS_MS_MAX = 90_000;
  private static final int BLIND = 5;

  private SimTools() {}

  static List<Tool> of(SimAgent agent) {
    return List.of(
        new OneTool(agent, IDEMPOTENT, Risk.READ_ONLY, CrashBehaviour.IDEMPOTENT),
        new OneTool(agent, CHECKABLE, Risk.READ_ONLY, CrashBehaviour.CHECKABLE),
        new OneTool(agent, ONCE, Risk.READ_ONLY, CrashBehaviour.ONCE),
        new OneTool(agent, FORBIDDEN, Risk.HIGH, CrashBehaviour.ONCE));
  }

  private static ToolDefinition definition(String name, Risk risk, CrashBehaviour crash) {
    JsonNode object = JsonNodeFactory.instance.objectNode().put("type", "object");
    return new ToolDefinition(
        name, "Simulated.", object, object, risk, crash, ReportedFields.NONE, false);
  }

  /** Does what a lease asks for, and notes it; the seed may let it fail. */
  static void work(SimAgent agent, ToolDefinition definition, ToolContext context) {
    Ledger ledger = agent.world.ledger();
    String key = context.idempotencyKey();
    ledger.started(agent, definition, key);
    agent.plan.pass("in a tool, before its effect");
    try {
      linger(agent, context);
    } catch (DroverException stopped) {
      ledger.finished(agent, key, false);
      throw stopped;
    }
    ledger.effect(agent, definition, key);
    agent.plan.pass("in a tool, after its effect");
    Optional<ErrorCode> failure = agent.world.fate(key, definition.crash());
    ledger.finished(agent, key, failure.isEmpty());
    if (failure.isPresent()) {
      throw new DroverException(failure.get(), "The seed lets this call fail.");
    }
  }

  /** Takes its time, in which everything else goes on; the process may end meanwhile. */
  private static void linger(SimAgent agent, ToolContext context) {
    if (agent.random.nextInt(3) > 0) {
      return;
    }
    int life = agent.life();
    boolean lasts = agent.random.nextInt(5) == 0;
    agent.world.runAside(agent.random.nextInt(lasts ? LASTS_MS_MAX : LINGER_MS_MAX));
    if (!agent.up() || agent.life() != life) {
      throw new SimulatedCrash("while a tool was at work");
    }
    context.check();
  }

  private static final class OneTool implements Tool {
    private final SimAgent agent;
    private final ToolDefinition definition;

    OneTool(SimAgent agent, String name, Risk risk, CrashBehaviour crash) {
      this.agent = agent;
      this.definition = SimTools.definition(name, risk, crash);
    }

    @Override
    public ToolDefinition definition() {
      return definition;
    }

    @Override
    public JsonNode call(JsonNode arguments, ToolContext context) {
      work(agent, definition, context);
      return JsonNodeFactory.instance.objectNode();
    }

    @Override
    public Optional<JsonNode> check(JsonNode arguments, ToolContext context) {
      if (agent.world.randomOf("look " + context.idempotencyKey()).nextInt(BLIND) == 0) {
        throw new DroverException(ErrorCode.UNAVAILABLE, "The seed lets nobody look.");
      }
      return agent.world.ledger().hasEffect(agent, context.idempotencyKey())
          ? Optional.of(JsonNodeFactory.instance.objectNode())
          : Optional.empty();
    }
  }
}
