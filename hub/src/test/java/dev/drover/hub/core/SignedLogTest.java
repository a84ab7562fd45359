package dev.drover.hub.core;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Sha256;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.CheckpointDue;
import dev.drover.hub.v1.CheckpointSigned;
import dev.drover.hub.v1.CheckpointWanted;
import dev.drover.tlog.Checkpoint;
import dev.drover.tlog.NoteSigner;
import dev.drover.v1.HubRecord;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignedLogTest {
  private static final long NOW = 1_000_000;
  private static final NoteSigner LOG = NoteSigner.of("drover/acme", new byte[32]);

  private final AuditMachine machine = new AuditMachine(500);
  private final MapRows rows = new MapRows("acme");
  private int written;

  private void send(AuditEnvelope.Builder event) {
    rows.step(machine, event.build().toByteArray(), NOW);
  }

  private void append(int count) {
    for (int i = 0; i < count; i++) {
      HubRecord record =
          HubRecord.newBuilder().setStatement(ByteString.copyFromUtf8("s" + written++)).build();
      send(AuditEnvelope.newBuilder().setRecord(record));
    }
  }

  private void sign() {
    send(AuditEnvelope.newBuilder().setCheckpointDue(CheckpointDue.getDefaultInstance()));
    CheckpointWanted wanted =
        StoredRows.event(rows.owed(AuditMachine.CHECKPOINT).get(0), CheckpointWanted.parser());
    Sha256 root = Sha256.fromBytes(wanted.getRoot().toByteArray());
    CheckpointSigned signed =
        CheckpointSigned.newBuilder()
            .setSize(wanted.getSize())
            .setRoot(wanted.getRoot())
            .setNote(
                ByteString.copyFrom(
                    new Checkpoint("drover/acme", wanted.getSize(), root).sign(LOG).toBytes()))
            .build();
    send(AuditEnvelope.newBuilder().setCheckpoint(signed));
  }

  private void refused() {
    assertRefused(ErrorCode.STORE_FAILED, () -> SignedLog.require(rows));
  }

  @Test
  void log_ofAnySize_givesWhatWasSigned() {
    assertEquals(0, SignedLog.require(rows).getSize());
    for (int more : List.of(1, 1, 3, 250, 1, 1, 300)) {
      append(more);
      assertEquals(written, SignedLog.require(rows).getSize());
      sign();
      assertEquals(written, SignedLog.require(rows).getSignedSize());
    }
  }

  @Test
  void rowThatChanged_isFound() {
    append(600);
    sign();
    append(5);
    for (String name : List.of(AuditRows.edge(0), AuditRows.edge(1))) {
      byte[] whole = rows.get(name);
      for (int place : new int[] {0, whole.length - 1}) {
        byte[] flipped = whole.clone();
        flipped[place] ^= 1;
        rows.put(name, flipped);
        refused();
      }
      rows.put(name, whole);
    }
    assertEquals(605, SignedLog.require(rows).getSize());
  }

  @Test
  void logThatIsShorterOrAnother_isFound() {
    append(9);
    byte[] head = rows.get(AuditRows.HEAD);
    append(2);
    sign();
    byte[] note = rows.get(AuditRows.CHECKPOINT);
    byte[] signedHead = rows.get(AuditRows.HEAD);
    rows.put(AuditRows.HEAD, head);
    refused();
    rows.put(AuditRows.HEAD, signedHead);
    Sha256 other = Sha256.fromBytes(new byte[32]);
    rows.put(AuditRows.CHECKPOINT, new Checkpoint("drover/acme", 11, other).sign(LOG).toBytes());
    refused();
    rows.put(AuditRows.CHECKPOINT, new byte[] {1});
    refused();
    rows.put(AuditRows.CHECKPOINT, note);
    assertEquals(11, SignedLog.require(rows).getSize());
  }
}
