package dev.drover.hub.core;

import dev.drover.crypto.Sha256;
import dev.drover.hub.v1.AuditDevice;
import dev.drover.hub.v1.AuditHead;
import dev.drover.hub.v1.RecordTotal;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.tlog.EntryBundle;
import dev.drover.tlog.TileId;
import dev.drover.v1.RecordCount;
import dev.drover.v1.RecordKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads the rows of an {@link AuditMachine}. Pure. */
public final class AuditRows {
  static final String HEAD = "head";
  static final String CHECKPOINT = "checkpoint";
  static final String ENTRY = "e/";
  static final String TILE = "t/";
  static final String EDGE = "edge/";
  static final String DEVICE = "d/";

  private AuditRows() {}

  /** Returns how large the log is and what of it is signed. */
  public static AuditHead head(RowReader rows) {
    return StoredRows.get(rows, HEAD, AuditHead.parser(), AuditHead.getDefaultInstance());
  }

  /** Returns how far the batches of one life of a device have come. */
  public static AuditDevice chain(RowReader rows, String device, long incarnation) {
    return StoredRows.get(
        rows, device(device, incarnation), AuditDevice.parser(), AuditDevice.getDefaultInstance());
  }

  /** Returns the last signed checkpoint as a note, if one was signed. */
  public static Optional<byte[]> checkpoint(RowReader rows) {
    return Optional.ofNullable(rows.get(CHECKPOINT));
  }

  /** Returns leaves in order, from an index on. */
  public static List<byte[]> entries(RowReader rows, long from, int limit) {
    List<byte[]> entries = new ArrayList<>();
    for (Row row : rows.scan(ENTRY, entry(from), limit)) {
      entries.add(row.value());
    }
    return entries;
  }

  /**
   * Returns the bytes of a tile or bundle of entries, also of a partial one, if the log has all
   * that it names.
   */
  public static Optional<byte[]> tile(RowReader rows, TileId id) {
    if (!id.isWithin(head(rows).getSize())) {
      return Optional.empty();
    }
    if (id.isEntries()) {
      List<byte[]> entries = entries(rows, id.index() * TileId.FULL_WIDTH, id.width());
      return Optional.of(EntryBundle.encode(entries));
    }
    byte[] full = rows.get(tile(id.level(), id.index()));
    byte[] hashes = full != null ? full : rows.get(edge(id.level()));
    int bytes = id.width() * Sha256.BYTES;
    return hashes == null || hashes.length < bytes
        ? Optional.empty()
        : Optional.of(Arrays.copyOf(hashes, bytes));
  }

  static void addCounts(AuditDevice.Builder chain, List<RecordCount> counts) {
    Map<RecordKind, Long> totals = new EnumMap<>(RecordKind.class);
    chain.getTotalsList().forEach(total -> totals.put(total.getKind(), total.getCount()));
    counts.forEach(count -> totals.merge(count.getKind(), (long) count.getCount(), Long::sum));
    chain.clearTotals();
    totals.forEach(
        (kind, count) -> chain.addTotals(RecordTotal.newBuilder().setKind(kind).setCount(count)));
  }

  static String entry(long index) {
    return ENTRY + StoredRows.padded(index);
  }

  static String tile(int level, long index) {
    return TILE + level + '/' + StoredRows.padded(index);
  }

  static String edge(int level) {
    return EDGE + level;
  }

  static String device(String device, long incarnation) {
    return DEVICE + device + '/' + String.format(Locale.ROOT, "%016x", incarnation);
  }
}
