package dev.drover.hub.verify;

import dev.drover.crypto.Sha256;
import dev.drover.tlog.Checkpoint;
import dev.drover.tlog.MerkleProofs;
import dev.drover.tlog.SignedNote;
import dev.drover.tlog.TileNodes;
import dev.drover.tlog.TileSource;
import dev.drover.tlog.VerifierKey;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;

/** Whether a log kept all that it had when an earlier checkpoint of it was signed. */
public final class Growth {
  private static final String NEXT =
      "Keep both checkpoints and the copy: with the log's signature they show two histories.";

  private Growth() {}

  /**
   * Checks with a consistency proof (RFC 6962 section 2.1.2) that a log extends an earlier one. The
   * proof is made from tiles that need not be trusted, and held against both signed roots.
   *
   * @param earlier a checkpoint as it was served then
   * @param later the checkpoint of now, as served
   * @param source tiles as served now
   * @return how many entries the earlier one covers
   * @throws DroverException with {@link ErrorCode#SPLIT_VIEW} where entries were changed or taken
   *     away; {@link ErrorCode#SIGNATURE_INVALID}, {@link ErrorCode#NOT_FOUND} or {@link
   *     ErrorCode#MESSAGE_MALFORMED}
   */
  public static long require(byte[] earlier, byte[] later, VerifierKey logKey, TileSource source) {
    Checkpoint before = opened(earlier, logKey);
    Checkpoint now = Checkpoint.open(SignedNote.parse(later), logKey);
    if (now.size() < before.size()) {
      throw split(
          "The log has " + now.size() + " entries, and " + before.size() + " were signed before.");
    }
    List<Sha256> proof =
        before.size() == 0
            ? List.of()
            : MerkleProofs.consistency(
                before.size(), now.size(), new TileNodes(now.size(), source));
    if (!before.isExtendedBy(now, proof)) {
      throw split("The log does not begin with the " + before.size() + " entries signed before.");
    }
    return before.size();
  }

  private static Checkpoint opened(byte[] earlier, VerifierKey logKey) {
    try {
      return Checkpoint.open(SignedNote.parse(earlier), logKey);
    } catch (DroverException refused) {
      throw new DroverException(
              refused.code(), "The earlier checkpoint: " + refused.getMessage(), refused)
          .withNextStep("Name a checkpoint, or a copy, of this very log.");
    }
  }

  private static DroverException split(String why) {
    return new DroverException(ErrorCode.SPLIT_VIEW, why).withNextStep(NEXT);
  }
}
