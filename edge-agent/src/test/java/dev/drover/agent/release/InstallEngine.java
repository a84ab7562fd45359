package dev.drover.agent.release;

import com.google.protobuf.ByteString;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.ProcessControl;
import dev.drover.agent.core.TurnMachine;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.v1.InstallDue;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallOffer;
import dev.drover.agent.v1.InstallRow;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.v1.InstallTask;
import dev.drover.v1.Lease;
import dev.drover.v1.Task;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/** A device's store with the machines of an installation. */
final class InstallEngine {
  private InstallEngine() {}

  /** A process that is not ended. */
  record Control() implements ProcessControl {
    @Override
    public void restart(String reason) {}

    @Override
    public void storeFailed(ErrorCode why) {}
  }

  /** Opens a store; what is owed does nothing, unless the caller handles it before it starts. */
  static Engine open(Path store) {
    Engine engine =
        DeviceEngine.open(
            store,
            EngineTime.of(Clock.systemUTC(), System::nanoTime),
            EngineListener.ofFailure(code -> {}));
    engine.register(new InstallMachine());
    engine.register(new TurnMachine(2, false));
    engine.register(new UplinkMachine());
    engine.register(new AuditMachine());
    idle(
        engine,
        Machines.EFFECT_ACK,
        Machines.EFFECT_CANCEL_RUN,
        Machines.EFFECT_LOOK,
        Machines.EFFECT_UPLINK_WAKE,
        Machines.EFFECT_AUDIT_WAKE);
    return engine;
  }

  /** Lets these effects do nothing. */
  static void idle(Engine engine, String... effects) {
    for (String effect : List.of(effects)) {
      engine.handle(effect, owed -> EffectResult.doneStage());
    }
  }

  /** Grants a lease whose turn comes at once. */
  static void grant(Engine engine, String execution, InstallTask task) {
    Lease lease =
        Lease.newBuilder()
            .setExecution(execution)
            .setAttempt(1)
            .setExpiresMs(1L << 42)
            .setDeadlineMs(1L << 42)
            .setTask(Task.newBuilder().setInstall(task))
            .build();
    submit(engine, InstallEvent.newBuilder().setOffer(InstallOffer.newBuilder().setLease(lease)));
    submit(
        engine,
        InstallEvent.newBuilder()
            .setDue(InstallDue.newBuilder().setExecution(execution).setAttempt(1)));
  }

  static void submit(Engine engine, InstallEvent.Builder event) {
    Waiting.join(engine.submit(Machines.INSTALL, Machines.INSTALL, event.build().toByteArray()))
        .orThrow();
  }

  /** Returns the state of the installation; empty before the first one. */
  static String state(Engine engine) {
    return engine.read(
        Machines.INSTALL,
        Machines.INSTALL,
        rows ->
            Machines.row(
                    rows, InstallMachine.ROW, InstallRow.parser(), InstallRow.getDefaultInstance())
                .getState());
  }

  static ByteString key() {
    return ByteString.copyFrom(new byte[AuditMachine.KEY_BYTES]);
  }
}
