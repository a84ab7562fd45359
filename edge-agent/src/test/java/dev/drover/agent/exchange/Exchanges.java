package dev.drover.agent.exchange;

import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.DownlinkMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.crypto.Ed25519;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.testkit.TestFleet;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;

/** What the tests of this package talk with a hub by: a store with its machines, an identity. */
final class Exchanges {
  private Exchanges() {}

  /** Opens and starts an engine with the machines that talk with a hub; its effects do nothing. */
  static Engine engine(Path store, InstantSource clock) {
    Engine engine =
        DeviceEngine.open(
            store, EngineTime.of(clock, System::nanoTime), EngineListener.ofFailure(code -> {}));
    engine.register(new DownlinkMachine());
    engine.register(new UplinkMachine());
    engine.register(new AuditMachine());
    for (String effect :
        List.of(
            Machines.EFFECT_ACK,
            Machines.EFFECT_GAP,
            Machines.EFFECT_UPLINK_WAKE,
            Machines.EFFECT_AUDIT_WAKE,
            Machines.EFFECT_CANCEL_RUN)) {
      engine.handle(effect, owed -> EffectResult.doneStage());
    }
    engine.start();
    return engine;
  }

  /** Returns the identity of the device {@code lamp} at a hub with this online key. */
  static DeviceIdentity lamp(SecureRandom random, byte[] hubSeed) {
    TestFleet fleet = new TestFleet();
    return new DeviceIdentity(
        TestFleet.TENANT,
        "lamp",
        fleet.device("lamp"),
        fleet.bulk("lamp"),
        Ed25519.newSeed(random),
        Ed25519.publicKey(hubSeed),
        new byte[32],
        List.of("mqtts://127.0.0.1:1"),
        List.of("127.0.0.1:1"),
        "log",
        7);
  }

  /** Has a report for the hub, durable on return. */
  static void report(Engine engine, ExecutionState state) {
    ExecutionReport report =
        ExecutionReport.newBuilder().setExecution("j1-1").setAttempt(1).setState(state).build();
    var unused =
        engine
            .submit(
                Machines.UPLINK,
                Machines.UPLINK,
                UplinkEvent.newBuilder().setReport(report).build().toByteArray())
            .toCompletableFuture()
            .join();
  }
}
