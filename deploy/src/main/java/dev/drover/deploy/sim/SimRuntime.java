package dev.drover.deploy.sim;

import dev.drover.agent.core.model.Capabilities;
import dev.drover.agent.core.model.ChatMessage;
import dev.drover.agent.core.model.EmbeddingPooling;
import dev.drover.agent.core.model.Generation;
import dev.drover.agent.core.model.GenerationRequest;
import dev.drover.agent.core.model.LoadedModel;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.ModelSpec;
import dev.drover.agent.core.model.TextListener;
import dev.drover.machine.sim.SimulatedCrash;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A runtime that loads models of a few bytes, some of which are bad on some devices. */
final class SimRuntime implements ModelRuntime {
  /** What a model does to a device. */
  enum Nature {
    /** It loads. */
    GOOD,
    /** It is refused. */
    BROKEN,
    /** It brings the process down. */
    DEADLY,
    /** It never comes up. */
    STUCK
  }

  private final SimAgent agent;

  SimRuntime(SimAgent agent) {
    this.agent = agent;
  }

  /** Returns how the seed lets a model behave on a device, always the same. */
  static Nature natureOf(SimAgent agent, String modelSha256) {
    int of = agent.world.randomOf("nature " + agent.name + modelSha256).nextInt(100);
    if (of < 76) {
      return Nature.GOOD;
    }
    return of < 84 ? Nature.BROKEN : of < 92 ? Nature.DEADLY : Nature.STUCK;
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities("simulated", false, false, false, false, Set.of("llama"));
  }

  @Override
  public LoadedModel load(ModelSpec spec) {
    String sha256 = SimSlots.sha256(spec.file());
    agent.world.installs().loads(agent, sha256);
    switch (natureOf(agent, sha256)) {
      case DEADLY -> throw new SimulatedCrash("in the model runtime");
      case BROKEN ->
          throw new DroverException(ErrorCode.MODEL_UNREADABLE, "The seed has it refused.");
      default -> {}
    }
    agent.world.installs().loaded(agent, sha256);
    return new LoadedModel(
        spec.file(),
        "llama",
        spec.contextTokens(),
        1,
        EmbeddingPooling.NONE,
        Duration.ZERO,
        Duration.ZERO);
  }

  /** Returns nothing: what a load and its trial give is drawn, not generated. */
  @Override
  public Optional<LoadedModel> loaded() {
    return Optional.empty();
  }

  @Override
  public int tokens(String text) {
    return text.length();
  }

  @Override
  public String render(List<ChatMessage> messages) {
    throw notLoaded();
  }

  @Override
  public Generation generate(GenerationRequest request, TextListener listener) {
    throw notLoaded();
  }

  @Override
  public float[] embed(String text) {
    throw notLoaded();
  }

  private static DroverException notLoaded() {
    return new DroverException(ErrorCode.MODEL_NOT_LOADED, "Simulated models make no text.");
  }

  @Override
  public boolean stuck() {
    return false;
  }

  @Override
  public boolean mustHalt() {
    return false;
  }

  @Override
  public void close() {
    // It holds nothing.
  }
}
