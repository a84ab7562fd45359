package dev.drover.agent.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.v1.AuditClose;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.AuditReceived;
import dev.drover.agent.v1.StartDetails;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.v1.AuditReceipt;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTrailTest {
  @TempDir Path directory;

  @Test
  void pending_countsRecordsInBatchesAndOutsideThem() {
    try (Engine engine =
        DeviceEngine.open(
            directory.resolve("store"),
            EngineTime.of(Clock.systemUTC(), System::nanoTime),
            EngineListener.ofFailure(code -> {}))) {
      engine.register(new AuditMachine());
      engine.handle(Machines.EFFECT_AUDIT_WAKE, owed -> EffectResult.doneStage());
      engine.start();
      AuditTrail trail = new AuditTrail(engine, new SecureRandom());
      assertEquals(0, trail.pending());
      record(trail, 3);
      close(engine);
      record(trail, 2);
      close(engine);
      record(trail, 1);
      assertEquals(6, trail.pending());
      AuditReceipt first = AuditReceipt.newBuilder().setNextBatch(1).build();
      submit(
          engine,
          AuditEvent.newBuilder().setReceipt(AuditReceived.newBuilder().setReceipt(first)).build());
      assertEquals(3, trail.pending());
    }
  }

  private static void record(AuditTrail trail, int count) {
    for (int i = 0; i < count; i++) {
      Waiting.join(trail.started(StartDetails.getDefaultInstance()));
    }
  }

  private static void close(Engine engine) {
    submit(engine, AuditEvent.newBuilder().setClose(AuditClose.getDefaultInstance()).build());
  }

  private static void submit(Engine engine, AuditEvent event) {
    Waiting.join(engine.submit(Machines.AUDIT, Machines.AUDIT, event.toByteArray())).orThrow();
  }
}
