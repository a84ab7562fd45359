package dev.drover.agent.release;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.InstallState;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.ProcessControl;
import dev.drover.agent.core.TurnMachine;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.llm.LlamaRuntime;
import dev.drover.agent.llm.RuntimeSettings;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.v1.InstallDue;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallOffer;
import dev.drover.agent.v1.InstallStep;
import dev.drover.agent.v1.SlotRef;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Lease;
import dev.drover.v1.Task;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlotLoaderTest {
  private static final ByteString MANIFEST = ByteString.copyFrom(new byte[32]);

  @TempDir Path directory;

  @Test
  void trial_withAVerdict_isOver() {
    EngineOptions options =
        new EngineOptions(
            StoreSchema.first(),
            new EngineLimits(1024, 256, 4 << 20, 256, 1 << 20, 10_000, 300),
            EngineTime.of(Clock.systemUTC(), System::nanoTime),
            1,
            EngineListener.ofFailure(code -> {}));
    try (Engine engine = DeviceEngine.open(directory.resolve("store"), options);
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
              new Control(),
              new SlotLoader.Settings(Optional.empty(), 64, 1));
      loader.decide();
      assertTrue(loader.onTrial());
      loader.timedOut();
      assertFalse(loader.onTrial());
    }
  }

  private static void start(Engine engine) {
    engine.register(new InstallMachine());
    engine.register(new TurnMachine(2, false));
    engine.register(new UplinkMachine());
    engine.register(new AuditMachine());
    for (String effect :
        List.of(
            Machines.EFFECT_ACK,
            Machines.EFFECT_CANCEL_RUN,
            Machines.EFFECT_LOOK,
            Machines.EFFECT_PREFLIGHT,
            Machines.EFFECT_FETCH,
            Machines.EFFECT_STAGE,
            Machines.EFFECT_RESTART,
            Machines.EFFECT_COLLECT,
            Machines.EFFECT_UPLINK_WAKE,
            Machines.EFFECT_AUDIT_WAKE)) {
      engine.handle(effect, owed -> EffectResult.doneStage());
    }
    engine.start();
  }

  private static void stage(Engine engine) {
    Lease lease =
        Lease.newBuilder()
            .setExecution("e1")
            .setAttempt(1)
            .setExpiresMs(1L << 42)
            .setDeadlineMs(1L << 42)
            .setTask(
                Task.newBuilder()
                    .setInstall(
                        InstallTask.newBuilder().setManifestSha256(MANIFEST).setReleaseCounter(1)))
            .build();
    submit(engine, InstallEvent.newBuilder().setOffer(InstallOffer.newBuilder().setLease(lease)));
    submit(
        engine,
        InstallEvent.newBuilder().setDue(InstallDue.newBuilder().setExecution("e1").setAttempt(1)));
    for (InstallState state :
        List.of(
            InstallState.PREFLIGHT,
            InstallState.FETCHING,
            InstallState.VERIFIED,
            InstallState.STAGED)) {
      submit(
          engine,
          InstallEvent.newBuilder()
              .setStep(
                  InstallStep.newBuilder()
                      .setExecution("e1")
                      .setOfState(state.name())
                      .setAuditKey(ByteString.copyFrom(new byte[32]))
                      .setCandidate(
                          SlotRef.newBuilder().setManifestSha256(MANIFEST).setReleaseCounter(1))));
    }
  }

  private static void submit(Engine engine, InstallEvent.Builder event) {
    Waiting.join(engine.submit(Machines.INSTALL, Machines.INSTALL, event.build().toByteArray()))
        .orThrow();
  }

  private record Control() implements ProcessControl {
    @Override
    public void restart(String reason) {}

    @Override
    public void storeFailed(ErrorCode why) {}
  }
}
