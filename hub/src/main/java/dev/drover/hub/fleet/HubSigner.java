package dev.drover.hub.fleet;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Sha256;
import dev.drover.envelope.AuditAuth;
import dev.drover.hub.core.AuditMachine;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.CheckpointSigned;
import dev.drover.hub.v1.CheckpointWanted;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.OwedEffect;
import dev.drover.tlog.Checkpoint;
import dev.drover.tlog.NoteSigner;
import dev.drover.v1.HubStatement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Signs for the log what is durable already: records of the hub, and checkpoints. Both signatures
 * are deterministic, so that a repetition after a crash gives the same bytes.
 */
final class HubSigner {
  private final byte[] seed;
  private final NoteSigner log;

  HubSigner(byte[] seed, NoteSigner log) {
    this.seed = seed.clone();
    this.log = log;
  }

  void handle(Engine engine) {
    engine.handle(AuditMachine.SIGN, this::record);
    engine.handle(AuditMachine.CHECKPOINT, this::checkpoint);
  }

  private CompletionStage<EffectResult> record(OwedEffect effect) {
    HubStatement statement = Machines.answer(effect.effect().payload(), HubStatement.parser());
    return event(AuditEnvelope.newBuilder().setRecord(AuditAuth.sign(seed, statement)));
  }

  private CompletionStage<EffectResult> checkpoint(OwedEffect effect) {
    CheckpointWanted wanted = Machines.answer(effect.effect().payload(), CheckpointWanted.parser());
    Sha256 root = Sha256.fromBytes(wanted.getRoot().toByteArray());
    byte[] note =
        new Checkpoint(log.verifierKey().name(), wanted.getSize(), root).sign(log).toBytes();
    CheckpointSigned signed =
        CheckpointSigned.newBuilder()
            .setSize(wanted.getSize())
            .setRoot(wanted.getRoot())
            .setNote(ByteString.copyFrom(note))
            .build();
    return event(AuditEnvelope.newBuilder().setCheckpoint(signed));
  }

  private static CompletionStage<EffectResult> event(AuditEnvelope.Builder event) {
    return CompletableFuture.completedFuture(EffectResult.event(event.build().toByteArray()));
  }
}
