package dev.drover.agent.release;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.InstallState;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.llm.LlamaRuntime;
import dev.drover.agent.llm.RuntimeSettings;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallStep;
import dev.drover.agent.v1.SlotRef;
import dev.drover.machine.Engine;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.InstallTask;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlotLoaderTest {
  private static final ByteString MANIFEST = ByteString.copyFrom(new byte[32]);

  @TempDir Path directory;

  @Test
  void trial_withAVerdict_isOver() {
    try (Engine engine = InstallEngine.open(directory.resolve("store"));
        ModelRuntime runtime =
            LlamaRuntime.create(
                RuntimeSettings.defaults(directory.resolve("native")), System::nanoTime)) {
      start(engine);
      stage(engine);
      SlotLoader loader =
          new SlotLoader(
              engine,
              new ContentStore(directory),
              runtime,
              release -> ExecutionMeasures.getDefaultInstance(),
              new AuditTrail(engine, new SecureRandom()),
              new InstallEngine.Control(),
              new SlotLoader.Settings(Optional.empty(), 64, 1));
      loader.decide();
      assertTrue(loader.onTrial());
      loader.timedOut();
      assertFalse(loader.onTrial());
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
