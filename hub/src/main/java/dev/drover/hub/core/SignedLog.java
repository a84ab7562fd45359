package dev.drover.hub.core;

import dev.drover.crypto.Sha256;
import dev.drover.hub.v1.AuditHead;
import dev.drover.machine.RowReader;
import dev.drover.tlog.Checkpoint;
import dev.drover.tlog.CompactRange;
import dev.drover.tlog.MerkleProofs;
import dev.drover.tlog.SignedNote;
import dev.drover.tlog.TileNodes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Optional;

/**
 * Holds the stored log against the checkpoint that was signed over it, before the hub signs
 * another: a store that was damaged would make it sign a second history. Reads some nodes of each
 * level, not the entries. Pure.
 */
public final class SignedLog {
  private static final String NEXT =
      "Restore the hub's data directory from a backup; copies of the log show what was in it.";

  private SignedLog() {}

  /**
   * Checks that the tiles give the root that was signed, and the root that the next entry would be
   * appended to.
   *
   * @return how large the log is, and what of it is signed
   * @throws DroverException {@link ErrorCode#STORE_FAILED}
   */
  public static AuditHead require(RowReader rows) {
    AuditHead head = AuditRows.head(rows);
    Optional<byte[]> note = AuditRows.checkpoint(rows);
    try {
      if (note.isPresent()) {
        Checkpoint signed = Checkpoint.parse(SignedNote.parse(note.get()).text());
        requireRoot(rows, head, signed.size(), signed.root());
      }
      if (head.getSize() > 0) {
        CompactRange range = CompactRange.fromBytes(head.getRange().toByteArray());
        requireRoot(rows, head, range.size(), range.root());
      }
      return head;
    } catch (DroverException damaged) {
      throw damaged.code() == ErrorCode.STORE_FAILED
          ? damaged
          : failed("The log in the store is damaged: " + damaged.getMessage());
    }
  }

  private static void requireRoot(RowReader rows, AuditHead head, long size, Sha256 root) {
    TileNodes nodes = new TileNodes(head.getSize(), id -> AuditRows.tile(rows, id));
    boolean gives = size <= head.getSize() && MerkleProofs.root(size, nodes).equals(root);
    if (!gives) {
      throw failed(
          "The log in the store does not give the checkpoint of its first " + size + " entries.");
    }
  }

  private static DroverException failed(String why) {
    return new DroverException(ErrorCode.STORE_FAILED, why).withNextStep(NEXT);
  }
}
