package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.crypto.Hashes;
import dev.drover.hub.v1.AuditDevice;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.AuditInbound;
import dev.drover.hub.v1.CheckpointDue;
import dev.drover.hub.v1.CheckpointSigned;
import dev.drover.hub.v1.CheckpointWanted;
import dev.drover.machine.Machine;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.Table;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.AuditReceipt;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.Command;
import dev.drover.v1.HubAction;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * The hub's log: checks that a device's batches follow on each other, appends leaves, owes receipts
 * and has checkpoints signed.
 *
 * <p>Signatures are checked before, by the intake. A receipt is performed only after the step is
 * durable, so no batch is receipted that is not a leaf; a checkpoint likewise.
 */
public final class AuditMachine implements Machine<AuditEnvelope> {
  /** Kind of the effect that has a {@link CheckpointWanted} signed; the target is the log. */
  public static final String CHECKPOINT = "checkpoint";

  /** Kind of the effect that has a serialized HubStatement signed; the target is the log. */
  public static final String SIGN = "hub-sign";

  private static final String CHECKPOINT_TIMER = "checkpoint";

  /** States of the chain of one life of a device. */
  public enum Chain {
    /** No batch yet. */
    EMPTY,
    /** Every batch so far is a leaf. */
    WHOLE,
    /** Batches came that do not follow on the last leaf. */
    GAPPED
  }

  /** What a batch can be. */
  public enum Batch {
    /** It follows on the last one. */
    NEXT,
    /** It is a leaf already. */
    REPEATED,
    /** It does not follow: one before it is missing. */
    BEYOND,
    /** It contradicts what was sent before. */
    CONFLICTING
  }

  /** The transitions of a device's chain. */
  public static final Table<Chain, Batch> TABLE = table();

  private static Table<Chain, Batch> table() {
    Table.Builder<Chain, Batch> rows = Table.startingAt(Chain.EMPTY, Batch.class);
    for (Chain chain : Chain.values()) {
      rows.on(chain, Batch.NEXT, Chain.WHOLE).on(chain, Batch.BEYOND, Chain.GAPPED);
      rows.stay(chain, Batch.CONFLICTING);
    }
    return rows.stay(Chain.WHOLE, Batch.REPEATED).stay(Chain.GAPPED, Batch.REPEATED).build();
  }

  private final long checkpointMs;

  /**
   * Makes the machine.
   *
   * @param checkpointMs how long after a leaf the checkpoint that covers it is signed, milliseconds
   */
  public AuditMachine(long checkpointMs) {
    this.checkpointMs = checkpointMs;
  }

  @Override
  public String name() {
    return MachineKeys.AUDIT;
  }

  @Override
  public AuditEnvelope decode(byte[] event) {
    return StoredRows.event(event, AuditEnvelope.parser());
  }

  @Override
  public Step step(RowReader own, AuditEnvelope event, long nowMs) {
    Step.Builder step = Step.builder();
    AuditTree tree = new AuditTree(own, step);
    switch (event.getKindCase()) {
      case INBOUND -> inbound(own, step, tree, event.getInbound(), nowMs);
      case STATEMENT -> step.effect(SIGN, own.key(), event.getStatement().toByteArray());
      case RECORD -> {
        tree.append(AuditLeaf.newBuilder().setHub(event.getRecord()).build().toByteArray());
        tree.head.setHubLeaves(tree.head.getHubLeaves() + 1);
      }
      case CHECKPOINT_DUE -> {
        tree.head.setCheckpointArmed(false);
        if (tree.head.getSize() > tree.head.getSignedSize()) {
          CheckpointWanted wanted =
              CheckpointWanted.newBuilder()
                  .setSize(tree.head.getSize())
                  .setRoot(ByteString.copyFrom(tree.root()))
                  .build();
          step.effect(CHECKPOINT, own.key(), wanted.toByteArray());
        }
      }
      case CHECKPOINT -> signed(step, tree, event.getCheckpoint());
      case KIND_NOT_SET -> throw DeviceMachine.unknownEvent();
    }
    armCheckpoint(step, tree, nowMs);
    return tree.done();
  }

  private void armCheckpoint(Step.Builder step, AuditTree tree, long nowMs) {
    if (tree.hasGrown() && !tree.head.getCheckpointArmed()) {
      tree.head.setCheckpointArmed(true);
      step.timer(
          CHECKPOINT_TIMER,
          nowMs + checkpointMs,
          AuditEnvelope.newBuilder()
              .setCheckpointDue(CheckpointDue.getDefaultInstance())
              .build()
              .toByteArray());
    }
  }

  private static void signed(Step.Builder step, AuditTree tree, CheckpointSigned signed) {
    boolean older = signed.getSize() < tree.head.getSignedSize();
    boolean other =
        signed.getSize() == tree.head.getSignedSize()
            && !signed.getRoot().equals(tree.head.getSignedRoot());
    if (other || signed.getSize() > tree.head.getSize()) {
      throw new DroverException(
          ErrorCode.SPLIT_VIEW, "A signed checkpoint does not belong to this log.");
    }
    if (!older) {
      tree.head.setSignedSize(signed.getSize()).setSignedRoot(signed.getRoot());
      step.put(AuditRows.CHECKPOINT, signed.getNote().toByteArray());
    }
  }

  private static void inbound(
      RowReader own, Step.Builder step, AuditTree tree, AuditInbound inbound, long nowMs) {
    AuditUpload upload;
    BatchStatement statement;
    try {
      upload = AuditUpload.parseFrom(inbound.getUpload());
      statement = BatchStatement.parseFrom(upload.getStatement());
    } catch (InvalidProtocolBufferException malformed) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "An audit batch does not parse.", malformed);
    }
    boolean self =
        statement.getTenant().equals(own.key())
            && statement.getDevice().equals(inbound.getDevice());
    if (!self) {
      throw new DroverException(
          ErrorCode.PERMISSION_DENIED, "An audit batch names another device than its sender.");
    }
    String name = AuditRows.device(statement.getDevice(), statement.getIncarnation());
    AuditDevice.Builder chain =
        StoredRows.get(own, name, AuditDevice.parser(), AuditDevice.getDefaultInstance())
            .toBuilder();
    AuditReceipt.Builder receipt =
        AuditReceipt.newBuilder()
            .setIncarnation(statement.getIncarnation())
            .setBatch(statement.getBatch());
    Chain before = state(chain);
    Batch batch = judge(chain, upload, statement, nowMs);
    TABLE.move(before, batch);
    switch (batch) {
      case NEXT -> append(own, step, tree, chain, upload, statement, nowMs);
      case REPEATED -> receipt.setBatch(chain.getNextBatch() - 1);
      case BEYOND -> receipt.setError(ErrorCode.NOT_FOUND.number());
      case CONFLICTING -> {
        receipt.setError(ErrorCode.SPLIT_VIEW.number());
        if (chain.getConflicts() == 0) {
          report(own, step, statement, upload, ErrorCode.SPLIT_VIEW, nowMs);
        }
        chain.setConflicts(chain.getConflicts() + 1);
      }
    }
    if (receipt.getError() == 0) {
      receipt.setLeafIndex(chain.getLastLeafIndex()).setLeafSha256(chain.getLastLeafSha256());
    }
    receipt.setNextBatch(chain.getNextBatch());
    step.put(name, chain.build().toByteArray());
    Command command =
        Command.newBuilder()
            .setTenant(own.key())
            .setDevice(inbound.getDevice())
            .setHubEpoch(inbound.getHubEpoch())
            .setIssuedMs(nowMs)
            .setExpiresMs(nowMs + Commands.LOOSE_TTL_MS)
            .setAuditReceipt(receipt)
            .build();
    Commands.owe(step, command);
  }

  private static Chain state(AuditDevice.Builder chain) {
    if (chain.getGapSinceMs() > 0) {
      return Chain.GAPPED;
    }
    return chain.getNextBatch() == 0 ? Chain.EMPTY : Chain.WHOLE;
  }

  private static Batch judge(
      AuditDevice.Builder chain, AuditUpload upload, BatchStatement statement, long nowMs) {
    AuditChain before =
        new AuditChain(chain.getNextBatch(), chain.getNextSeq(), chain.getLastSha256());
    return switch (before.follow(statement)) {
      case NEXT -> Batch.NEXT;
      case BEFORE -> {
        boolean last = statement.getBatch() == before.nextBatch() - 1;
        yield last && !sha256(upload).equals(before.lastSha256())
            ? Batch.CONFLICTING
            : Batch.REPEATED;
      }
      case SKIPS -> isOwnLoss(chain, statement.getBatch(), nowMs) ? Batch.NEXT : Batch.BEYOND;
      case CONTRADICTS -> Batch.CONFLICTING;
    };
  }

  private static boolean isOwnLoss(AuditDevice.Builder chain, long batch, long nowMs) {
    Gap gap = new Gap(chain.getGapSinceMs(), chain.getGapBatch(), chain.getGapSeenMs());
    if (gap.isOwnLoss(batch, nowMs)) {
      return true;
    }
    Gap after = gap.with(batch, nowMs);
    chain.setGapSinceMs(after.sinceMs()).setGapBatch(after.number()).setGapSeenMs(after.seenMs());
    return false;
  }

  private static void append(
      RowReader own,
      Step.Builder step,
      AuditTree tree,
      AuditDevice.Builder chain,
      AuditUpload upload,
      BatchStatement statement,
      long nowMs) {
    if (statement.getBatch() > chain.getNextBatch()) {
      report(own, step, statement, upload, ErrorCode.NOT_FOUND, nowMs);
    }
    byte[] leaf = AuditLeaf.newBuilder().setDevice(upload).build().toByteArray();
    AuditChain after = AuditChain.after(statement, upload.getStatement());
    chain
        .setLastLeafIndex(tree.head.getSize())
        .setLastLeafSha256(ByteString.copyFrom(tree.append(leaf)))
        .setLastSha256(after.lastSha256())
        .setNextBatch(after.nextBatch())
        .setNextSeq(after.nextSeq())
        .setGapSinceMs(0)
        .setGapSeenMs(0)
        .setGapBatch(0);
    AuditRows.addCounts(chain, statement.getCountsList());
    tree.head.setDeviceLeaves(tree.head.getDeviceLeaves() + 1);
  }

  /** Has a refusal or a hole written into the log itself. */
  private static void report(
      RowReader own,
      Step.Builder step,
      BatchStatement statement,
      AuditUpload upload,
      ErrorCode error,
      long nowMs) {
    Statements.send(
        step,
        own.key(),
        Statements.of(HubAction.AUDIT_REFUSED, Statements.HUB, statement.getDevice())
            .setError(error.number()),
        sha256(upload),
        nowMs);
  }

  private static ByteString sha256(AuditUpload upload) {
    return ByteString.copyFrom(Hashes.sha256(upload.getStatement().toByteArray()));
  }
}
