package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.hub.v1.AuditDevice;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.AuditInbound;
import dev.drover.hub.v1.CheckpointDue;
import dev.drover.hub.v1.CheckpointSigned;
import dev.drover.hub.v1.CheckpointWanted;
import dev.drover.testkit.LargestBatch;
import dev.drover.tlog.EntryBundle;
import dev.drover.tlog.Merkle;
import dev.drover.tlog.Tile;
import dev.drover.tlog.TileBuilder;
import dev.drover.tlog.TileId;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.AuditReceipt;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.Command;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubRecord;
import dev.drover.v1.HubStatement;
import dev.drover.v1.RecordCount;
import dev.drover.v1.RecordKind;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AuditMachineTest {
  private static final long LIFE = 77;
  private static final long NOW = 1_000_000;
  private static final long CHECKPOINT_MS = 700;
  private final AuditMachine machine = new AuditMachine(CHECKPOINT_MS);
  private final MapRows rows = new MapRows("acme");

  private void send(AuditEnvelope.Builder event, long nowMs) {
    rows.step(machine, event.build().toByteArray(), nowMs);
  }

  private static BatchStatement.Builder batch(long life, long batch, ByteString previous) {
    return BatchStatement.newBuilder()
        .setTenant("acme")
        .setDevice("cam-1")
        .setIncarnation(life)
        .setBatch(batch)
        .setFirstSeq(batch * 2)
        .addCommitments(Devices.digest(1))
        .addCommitments(Devices.digest(2))
        .setPreviousSha256(previous)
        .addCounts(RecordCount.newBuilder().setKind(RecordKind.TOOL_CALLED).setCount(2));
  }

  private static BatchStatement.Builder chained(long life, long number) {
    ByteString previous = number == 0 ? ByteString.EMPTY : sha(chained(life, number - 1).build());
    return batch(life, number, previous);
  }

  private static ByteString sha(BatchStatement statement) {
    return ByteString.copyFrom(Hashes.sha256(statement.toByteArray()));
  }

  private AuditReceipt upload(BatchStatement.Builder statement, long nowMs) {
    AuditUpload upload =
        AuditUpload.newBuilder()
            .setStatement(statement.build().toByteString())
            .setSignature(ByteString.copyFrom(new byte[64]))
            .build();
    AuditInbound inbound =
        AuditInbound.newBuilder()
            .setUpload(upload.toByteString())
            .setDevice("cam-1")
            .setHubEpoch(3)
            .build();
    send(AuditEnvelope.newBuilder().setInbound(inbound), nowMs);
    Command command = StoredRows.event(rows.owed(Commands.EFFECT).get(0), Command.parser());
    assertEquals(3, command.getHubEpoch());
    assertEquals(0, command.getSeq());
    assertEquals("cam-1", command.getDevice());
    return command.getAuditReceipt();
  }

  private long size() {
    return AuditRows.head(rows).getSize();
  }

  private AuditDevice chain() {
    return AuditRows.chain(rows, "cam-1", LIFE);
  }

  @Test
  void largestBatch_becomesALeafThatTheTilesOfTheLogTake() {
    BatchStatement.Builder largest =
        LargestBatch.of(Limits.AUDIT_RECORDS_PER_BATCH_MAX)
            .setTenant("acme")
            .setDevice("cam-1")
            .setIncarnation(LIFE)
            .setBatch(0)
            .setFirstSeq(0)
            .clearPreviousSha256();
    AuditReceipt receipt = upload(largest, NOW);
    assertEquals(0, receipt.getError());
    byte[] leaf = AuditRows.entries(rows, 0, 1).get(0);
    assertTrue(leaf.length <= Limits.AUDIT_LEAF_BYTES_MAX, () -> "" + leaf.length);
    assertEquals(receipt.getLeafSha256(), ByteString.copyFrom(Hashes.sha256(new byte[] {0}, leaf)));
    assertEquals(1024, chain().getTotals(0).getCount());
  }

  @Test
  void batches_thatFollow_becomeLeaves_withReceipts() throws Exception {
    AuditReceipt first = upload(chained(LIFE, 0), NOW);
    AuditReceipt second = upload(chained(LIFE, 1), NOW);

    assertEquals(0, first.getLeafIndex());
    assertEquals(1, first.getNextBatch());
    assertEquals(0, first.getError());
    assertEquals(1, second.getLeafIndex());
    assertEquals(LIFE, second.getIncarnation());
    byte[] leaf = AuditRows.entries(rows, 1, 1).get(0);
    assertEquals(
        chained(LIFE, 1).build().toByteString(),
        AuditLeaf.parseFrom(leaf).getDevice().getStatement());
    assertEquals(second.getLeafSha256(), ByteString.copyFrom(Hashes.sha256(new byte[] {0}, leaf)));
    assertEquals(4, chain().getTotals(0).getCount());
    assertEquals(2, AuditRows.head(rows).getDeviceLeaves());
  }

  @Test
  void repetition_getsTheSameReceipt_andNoLeaf() {
    AuditReceipt first = upload(chained(LIFE, 0), NOW);
    assertEquals(first, upload(chained(LIFE, 0), NOW + 5));
    AuditReceipt second = upload(chained(LIFE, 1), NOW);
    assertEquals(second, upload(chained(LIFE, 0), NOW), "receipts are cumulative");
    assertEquals(2, size());
  }

  @Test
  void gap_isToldWithTheBatchExpected_andTakenWhenItStays() {
    upload(chained(LIFE, 0), NOW);
    AuditReceipt gap = upload(chained(LIFE, 4), NOW);
    assertEquals(ErrorCode.NOT_FOUND.number(), gap.getError());
    assertEquals(1, gap.getNextBatch());
    assertEquals(1, size());

    gap = upload(chained(LIFE, 4), NOW + Gap.ABSENT_MS);
    assertEquals(ErrorCode.NOT_FOUND.number(), gap.getError());
    AuditReceipt taken = upload(chained(LIFE, 4), NOW + Gap.PATIENCE_MS);
    assertEquals(0, taken.getError());
    assertEquals(5, taken.getNextBatch());
    HubStatement reported = statement();
    assertEquals(HubAction.AUDIT_REFUSED, reported.getAction());
    assertEquals(ErrorCode.NOT_FOUND.number(), reported.getError());
    assertEquals(0, upload(chained(LIFE, 5), NOW).getError());
  }

  @Test
  void latecomerFromTheGap_doesNotKeepItOpen() {
    upload(chained(LIFE, 0), NOW);
    upload(chained(LIFE, 4), NOW);
    upload(chained(LIFE, 2), NOW + 1);
    for (long ms = 0; ms < Gap.PATIENCE_MS + Gap.ABSENT_MS; ms += Gap.ABSENT_MS / 2) {
      assertNotEquals(0, upload(chained(LIFE, 4), NOW + 2 + ms).getError());
    }
    long afterMs = Gap.PATIENCE_MS + Gap.ABSENT_MS;
    assertEquals(0, upload(chained(LIFE, 4), NOW + 2 + afterMs).getError());
  }

  private HubStatement statement() {
    return StoredRows.event(rows.sent(MachineKeys.AUDIT).get(0), AuditEnvelope.parser())
        .getStatement();
  }

  @Test
  void contradiction_isRefused_andReportedOnce() {
    upload(chained(LIFE, 0), NOW);
    BatchStatement.Builder other = chained(LIFE, 0).setTimeMs(9);
    assertEquals(ErrorCode.SPLIT_VIEW.number(), upload(other, NOW).getError());
    assertEquals(ErrorCode.SPLIT_VIEW.number(), statement().getError());
    assertEquals(ErrorCode.SPLIT_VIEW.number(), upload(other, NOW).getError());
    assertTrue(rows.sent(MachineKeys.AUDIT).isEmpty());

    BatchStatement.Builder wrongPrevious = batch(LIFE, 1, Devices.digest(9));
    assertEquals(ErrorCode.SPLIT_VIEW.number(), upload(wrongPrevious, NOW).getError());
    BatchStatement.Builder wrongSeq = chained(LIFE, 1).setFirstSeq(7);
    assertEquals(ErrorCode.SPLIT_VIEW.number(), upload(wrongSeq, NOW).getError());
    BatchStatement.Builder empty = chained(LIFE, 1).clearCommitments();
    assertEquals(ErrorCode.SPLIT_VIEW.number(), upload(empty, NOW).getError());
    assertEquals(1, size());
    assertEquals(0, upload(chained(LIFE, 1), NOW).getError());
  }

  @Test
  void eachLife_hasAChainOfItsOwn() {
    upload(chained(LIFE, 0), NOW);
    assertEquals(0, upload(chained(88, 0), NOW).getError());
    assertEquals(0, upload(chained(LIFE, 0), NOW).getError());
    assertEquals(2, size(), "the old life's batch is a repetition");
  }

  @Test
  void batch_ofAnotherDevice_isRefused() {
    BatchStatement.Builder foreign = chained(LIFE, 0).setDevice("cam-2");
    assertEquals(
        ErrorCode.PERMISSION_DENIED,
        assertThrows(DroverException.class, () -> upload(foreign, NOW)).code());
    BatchStatement.Builder tenant = chained(LIFE, 0).setTenant("other");
    assertThrows(DroverException.class, () -> upload(tenant, NOW));
    AuditEnvelope.Builder broken =
        AuditEnvelope.newBuilder()
            .setInbound(
                AuditInbound.newBuilder().setUpload(ByteString.copyFromUtf8("\u0001\u0002")));
    assertEquals(
        ErrorCode.MESSAGE_MALFORMED,
        assertThrows(DroverException.class, () -> send(broken, NOW)).code());
  }

  @ParameterizedTest
  @EnumSource
  void everyPairOfTheChain_isWalked(AuditMachine.Chain from) {
    for (AuditMachine.Batch batch : AuditMachine.Batch.values()) {
      boolean possible =
          !(from == AuditMachine.Chain.EMPTY && batch == AuditMachine.Batch.REPEATED);
      assertEquals(possible, AuditMachine.TABLE.allows(from, batch), from + " " + batch);
      if (possible) {
        AuditMachineTest fresh = new AuditMachineTest();
        if (from != AuditMachine.Chain.EMPTY) {
          fresh.upload(chained(LIFE, 0), NOW);
        }
        if (from == AuditMachine.Chain.GAPPED) {
          fresh.upload(chained(LIFE, 4), NOW);
        }
        long next = fresh.chain().getNextBatch();
        long before = fresh.size();
        BatchStatement.Builder statement =
            switch (batch) {
              case NEXT -> chained(LIFE, next);
              case REPEATED -> chained(LIFE, next - 1);
              case BEYOND -> chained(LIFE, next + 2);
              case CONFLICTING -> chained(LIFE, next).setFirstSeq(99);
            };
        fresh.upload(statement, NOW + 1);
        assertEquals(
            before + (batch == AuditMachine.Batch.NEXT ? 1 : 0), fresh.size(), from + " " + batch);
      }
    }
  }

  @Test
  void hubStatement_isSignedFirst_thenAppended() {
    HubStatement statement = HubStatement.newBuilder().setOperator("anna").build();
    send(AuditEnvelope.newBuilder().setStatement(statement), NOW);
    assertArrayEquals(statement.toByteArray(), rows.owed(AuditMachine.SIGN).get(0));
    assertEquals(0, size());
    HubRecord record = HubRecord.newBuilder().setStatement(statement.toByteString()).build();
    send(AuditEnvelope.newBuilder().setRecord(record), NOW);
    assertEquals(1, size());
    assertEquals(1, AuditRows.head(rows).getHubLeaves());
  }

  private CheckpointWanted wanted() {
    send(AuditEnvelope.newBuilder().setCheckpointDue(CheckpointDue.getDefaultInstance()), NOW);
    return StoredRows.event(rows.owed(AuditMachine.CHECKPOINT).get(0), CheckpointWanted.parser());
  }

  private static AuditEnvelope.Builder signed(long size, ByteString root) {
    return AuditEnvelope.newBuilder()
        .setCheckpoint(
            CheckpointSigned.newBuilder()
                .setSize(size)
                .setRoot(root)
                .setNote(ByteString.copyFromUtf8("note " + size)));
  }

  @Test
  void checkpoint_followsTheLog_andNeverGoesBack() {
    upload(chained(LIFE, 0), NOW);
    assertEquals(NOW + CHECKPOINT_MS, rows.timers.get("checkpoint"));
    CheckpointWanted one = wanted();
    upload(chained(LIFE, 1), NOW);
    CheckpointWanted two = wanted();
    assertEquals(2, two.getSize());
    send(signed(2, two.getRoot()), NOW);
    send(signed(1, one.getRoot()), NOW);
    assertArrayEquals(
        "note 2".getBytes(StandardCharsets.UTF_8), AuditRows.checkpoint(rows).orElseThrow());
    assertEquals(2, AuditRows.head(rows).getSignedSize());

    send(AuditEnvelope.newBuilder().setCheckpointDue(CheckpointDue.getDefaultInstance()), NOW);
    assertTrue(rows.effects.isEmpty(), "nothing new to sign");
    assertEquals(
        ErrorCode.SPLIT_VIEW,
        assertThrows(DroverException.class, () -> send(signed(2, one.getRoot()), NOW)).code());
    assertThrows(DroverException.class, () -> send(signed(9, one.getRoot()), NOW));
  }

  @Test
  void tiles_areThoseOfTheTree_alsoPartialOnes() {
    TileBuilder tree = new TileBuilder();
    List<Tile> expected = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      HubRecord record =
          HubRecord.newBuilder().setStatement(ByteString.copyFromUtf8("s" + i)).build();
      send(AuditEnvelope.newBuilder().setRecord(record), NOW);
      byte[] leaf = AuditLeaf.newBuilder().setHub(record).build().toByteArray();
      expected.addAll(tree.append(Merkle.leaf(leaf)));
      if (i == 12 || i == 300 || i == 599) {
        expected.addAll(tree.partialTiles());
      }
    }
    assertArrayEquals(tree.root().toBytes(), wanted().getRoot().toByteArray());
    for (Tile tile : expected) {
      assertArrayEquals(
          tile.toBytes(), AuditRows.tile(rows, tile.id()).orElseThrow(), tile.id().path());
    }
    byte[] bundle = AuditRows.tile(rows, TileId.entries(1, 256)).orElseThrow();
    assertEquals(256, EntryBundle.decode(bundle, 256).size());
    assertTrue(AuditRows.tile(rows, TileId.entries(2, 89)).isEmpty());
    assertTrue(AuditRows.tile(rows, new TileId(0, 2, 89)).isEmpty());
    assertTrue(AuditRows.tile(rows, TileId.full(1, 0)).isEmpty());
  }
}
