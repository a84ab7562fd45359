package dev.drover.hub.fleet;

import com.google.protobuf.ByteString;
import dev.drover.hub.core.AuditRows;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.AuditHead;
import dev.drover.tlog.TileId;
import dev.drover.v1.AuditEntry;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The hub's log, for reading, and for records that no machine writes by itself.
 *
 * <p>Thread-safe. Reads are of committed state, on the caller's thread.
 */
public final class AuditService {
  /** Most entries of one {@link #entries}. */
  public static final int ENTRIES_MAX = 1000;

  private final Machines machines;

  AuditService(Machines machines) {
    this.machines = machines;
  }

  /** Returns size of the log, size of what is signed, and counters. */
  public AuditHead head() {
    return machines.readAudit(AuditRows::head);
  }

  /** Returns the last signed checkpoint as a note, if one was signed. */
  public Optional<byte[]> checkpoint() {
    return machines.readAudit(AuditRows::checkpoint);
  }

  /** Returns the bytes of a tile or bundle, also of a partial one, if the log has all of it. */
  public Optional<byte[]> tile(TileId id) {
    return machines.readAudit(rows -> AuditRows.tile(rows, id));
  }

  /**
   * Returns entries in order, from an index on; fewer at the end of the log.
   *
   * @param limit 1 to {@link #ENTRIES_MAX}
   */
  public List<AuditEntry> entries(long from, int limit) {
    int count = Math.max(1, Math.min(limit, ENTRIES_MAX));
    List<byte[]> leaves = machines.readAudit(rows -> AuditRows.entries(rows, from, count));
    List<AuditEntry> entries = new ArrayList<>(leaves.size());
    for (int i = 0; i < leaves.size(); i++) {
      entries.add(
          AuditEntry.newBuilder()
              .setIndex(from + i)
              .setLeaf(ByteString.copyFrom(leaves.get(i)))
              .build());
    }
    return entries;
  }

  /**
   * Has a record of the hub signed and appended; for what operators asked and were refused. What is
   * done through this package's services is recorded by itself.
   *
   * @param subject the device, job, release or operator
   * @param requestSha256 of what was asked
   * @param refusal why it was not done, or null where it was
   */
  public CompletionStage<Void> record(
      HubAction action,
      String operator,
      String subject,
      byte[] requestSha256,
      @Nullable ErrorCode refusal) {
    HubStatement statement =
        HubStatement.newBuilder()
            .setTenant(machines.tenant())
            .setTimeMs(machines.engine().nowMs())
            .setOperator(operator)
            .setAction(action)
            .setSubject(subject)
            .setRequestSha256(ByteString.copyFrom(requestSha256))
            .setError(refusal == null ? 0 : refusal.number())
            .build();
    return machines
        .audit(AuditEnvelope.newBuilder().setStatement(statement))
        .thenAccept(done -> {});
  }
}
