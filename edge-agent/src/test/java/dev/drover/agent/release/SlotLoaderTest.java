package dev.drover.agent.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.InstallState;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.llm.LlamaRuntime;
import dev.drover.agent.llm.RuntimeSettings;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallRow;
import dev.drover.agent.v1.InstallStep;
import dev.drover.agent.v1.SlotRef;
import dev.drover.machine.Engine;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.InstallTask;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlotLoaderTest {
  private static final ByteString MANIFEST = ByteString.copyFrom(new byte[32]);

  private final TimedTrial trial = new TimedTrial();

  @TempDir Path directory;

  /** Slots of one release without a model. */
  private record OneSlot(Path directory) implements SlotStore {
    @Override
    public Path file(String sha256) {
      return directory.resolve(sha256);
    }

    @Override
    public Optional<byte[]> manifest(String sha256) {
      ObjectNode draft = JsonNodeFactory.instance.objectNode();
      draft.put("name", "calm").put("version", "1").put("releaseCounter", 1);
      return Optional.of(ReleaseManifest.write(draft, List.of()));
    }

    @Override
    public void verify(String sha256) {
      // Nobody changes it.
    }

    @Override
    public void collect(Set<String> kept) {
      // There is nothing else.
    }
  }

  @Test
  void trial_thatDoesNotComeUpInTime_isOver() {
    String state =
        tried(
            loader -> {
              loader.timedOut();
              assertFalse(loader.onTrial());
            });
    assertEquals(InstallState.ROLLED_BACK.name(), state);
  }

  @Test
  void trial_whoseModelAnswered_isNotRefusedForTheTimeThatItsSuiteTakes() {
    String state =
        tried(
            loader -> {
              trial.meanwhile =
                  () -> {
                    loader.timedOut();
                    assertTrue(loader.onTrial());
                  };
              loader.load();
            });
    assertEquals(InstallState.COMMITTED.name(), state);
  }

  @Test
  void trial_thatFailsUnexpectedly_isOver() {
    trial.meanwhile =
        () -> {
          throw new IllegalStateException("A defect.");
        };
    assertEquals(InstallState.ROLLED_BACK.name(), tried(SlotLoader::load));
  }

  private String tried(Consumer<SlotLoader> then) {
    try (Engine engine = InstallEngine.open(directory.resolve("store"));
        ModelRuntime runtime =
            LlamaRuntime.create(
                RuntimeSettings.defaults(directory.resolve("native")), System::nanoTime)) {
      start(engine);
      stage(engine);
      SlotLoader loader =
          new SlotLoader(
              engine,
              new OneSlot(directory),
              runtime,
              trial,
              new AuditTrail(engine, new SecureRandom()),
              new InstallEngine.Control(),
              new SlotLoader.Settings(Optional.empty(), 64, 1));
      loader.decide();
      assertTrue(loader.onTrial());
      then.accept(loader);
      return engine.read(
          Machines.INSTALL,
          Machines.INSTALL,
          rows ->
              Machines.row(
                      rows,
                      InstallMachine.ROW,
                      InstallRow.parser(),
                      InstallRow.getDefaultInstance())
                  .getState());
    }
  }

  private static void start(Engine engine) {
    InstallEngine.idle(
        engine,
        Machines.EFFECT_PREFLIGHT,
        Machines.EFFECT_FETCH,
        Machines.EFFECT_STAGE,
        Machines.EFFECT_RESTART,
        Machines.EFFECT_COLLECT);
    engine.start();
  }

  private static void stage(Engine engine) {
    InstallTask task =
        InstallTask.newBuilder().setManifestSha256(MANIFEST).setReleaseCounter(1).build();
    InstallEngine.grant(engine, "e1", task);
    for (InstallState state :
        List.of(
            InstallState.PREFLIGHT,
            InstallState.FETCHING,
            InstallState.VERIFIED,
            InstallState.STAGED)) {
      InstallEngine.submit(
          engine,
          InstallEvent.newBuilder()
              .setStep(
                  InstallStep.newBuilder()
                      .setExecution("e1")
                      .setOfState(state.name())
                      .setAuditKey(InstallEngine.key())
                      .setCandidate(
                          SlotRef.newBuilder().setManifestSha256(MANIFEST).setReleaseCounter(1))));
    }
  }
}
