package dev.drover.hub.verify;

import dev.drover.crypto.Sha256;
import java.util.List;

/**
 * What a whole verified log holds. Immutable.
 *
 * @param size leaves that the checkpoint covers
 * @param root of the Merkle tree over them
 * @param devices that have batches
 * @param batches of devices
 * @param records that those batches commit to
 * @param hubRecords what operators and the hub did
 * @param gaps places where batches of a device are missing, each in words; not a defect of the log,
 *     but somebody should know why
 */
public record AuditReport(
    long size,
    Sha256 root,
    int devices,
    long batches,
    long records,
    long hubRecords,
    List<String> gaps) {
  /** Copies the list. */
  public AuditReport {
    gaps = List.copyOf(gaps);
  }
}
