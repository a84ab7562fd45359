package dev.drover.agent.core;

import com.google.protobuf.ByteString;
import dev.drover.agent.v1.AuditAppend;
import dev.drover.agent.v1.AuditClose;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.AuditHead;
import dev.drover.agent.v1.AuditReceived;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.NewLife;
import dev.drover.agent.v1.PendingRecord;
import dev.drover.agent.v1.StoredRecord;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.crypto.Hashes;
import dev.drover.machine.Machine;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.v1.AuditReceipt;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.RecordCount;
import dev.drover.v1.RecordKind;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Keeps the device's audit records with their keys, and makes of their commitments the statements
 * that the hub's log will hold.
 *
 * <p>A commitment is HMAC-SHA-256 of a record's bytes under its own random key, which the event
 * brings. A batch is closed at {@value #RECORDS_PER_BATCH_MAX} records or a second after its first
 * one; each statement names the hash of the one before it. A statement is kept until the hub's
 * receipt for it or a later one. Where the hub has more batches than this store ever made, or
 * another one in the place of one of them, the store is an old image: the machine begins a new
 * incarnation with the statements that have no receipt. Where the hub has fewer, it is the hub that
 * lost some, and says so in its log.
 */
public final class AuditMachine implements Machine<AuditEvent> {
  /** Row that holds an {@link AuditHead}. */
  public static final String HEAD = "head";

  /** Prefix of the rows of records, each a {@link StoredRecord}; then the local number. */
  public static final String RECORDS = "r/";

  /** Prefix of the rows of statements without a receipt; then the number of the batch. */
  public static final String BATCHES = "b/";

  /** Most records of a batch. */
  public static final int RECORDS_PER_BATCH_MAX = 64;

  /** How long a batch stays open, in milliseconds. */
  public static final long OPEN_MS_MAX = 1000;

  /** Most records that are kept; then the oldest goes, its key with it. */
  public static final long RECORDS_KEPT_MAX = 100_000;

  /** Length of a record's key in bytes. */
  public static final int KEY_BYTES = 32;

  private static final int RECORD_BYTES_MAX = 512 * 1024;
  private static final int BATCH_ROWS_MAX = 2000;
  private static final String CLOSE_TIMER = "close";

  @Override
  public String name() {
    return Machines.AUDIT;
  }

  @Override
  public AuditEvent decode(byte[] event) {
    return Machines.parse(AuditEvent.parser(), event);
  }

  @Override
  public Step step(RowReader own, AuditEvent event, long nowMs) {
    AuditHead.Builder head =
        Machines.row(own, HEAD, AuditHead.parser(), AuditHead.getDefaultInstance()).toBuilder();
    Step.Builder step = Step.builder();
    switch (event.getBodyCase()) {
      case BEGIN -> begin(own, head, step, event.getBegin());
      case RESTART -> restart(own, head, step, event.getRestart().getIncarnation());
      case APPEND -> append(head, step, event.getAppend(), nowMs);
      case CLOSE -> close(head, step);
      case RECEIPT -> receipt(own, head, step, event.getReceipt());
      default -> {
        return Step.nothing();
      }
    }
    step.put(HEAD, head.build().toByteArray());
    return step.build();
  }

  /** Returns the commitment to a record's bytes under its key. */
  public static byte[] commitment(byte[] key, byte[] record) {
    return Hashes.hmacSha256(key, record);
  }

  /** Returns the row with this number under a prefix. */
  public static String row(String prefix, long number) {
    return prefix + String.format(Locale.ROOT, "%020d", number);
  }

  /** Learns at a start whose device this is; statements made before enrolment get its name. */
  private static void begin(
      RowReader own, AuditHead.Builder head, Step.Builder step, NewLife life) {
    if (own.get(HEAD) == null) {
      head.setIncarnation(life.getIncarnation());
    }
    boolean named = !life.getDevice().isEmpty();
    boolean other =
        !life.getDevice().equals(head.getDevice()) || !life.getTenant().equals(head.getTenant());
    if (named && other) {
      head.setTenant(life.getTenant()).setDevice(life.getDevice());
      chainAnew(own, head, step);
    }
  }

  private static void append(
      AuditHead.Builder head, Step.Builder step, AuditAppend append, long nowMs) {
    if (append.getKey().size() != KEY_BYTES || append.getRecord().size() > RECORD_BYTES_MAX) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, "An audit record is too large or has no key.");
    }
    AuditRecord record = Machines.parse(AuditRecord.parser(), append.getRecord().toByteArray());
    byte[] commitment = commitment(append.getKey().toByteArray(), append.getRecord().toByteArray());
    StoredRecord stored =
        StoredRecord.newBuilder().setRecord(append.getRecord()).setKey(append.getKey()).build();
    step.put(row(RECORDS, head.getNextRow()), stored.toByteArray());
    head.setNextRow(head.getNextRow() + 1);
    while (head.getNextRow() - head.getFirstRow() > RECORDS_KEPT_MAX) {
      step.delete(row(RECORDS, head.getFirstRow()));
      head.setFirstRow(head.getFirstRow() + 1);
    }
    head.addOpen(
        PendingRecord.newBuilder()
            .setCommitment(ByteString.copyFrom(commitment))
            .setKind(record.getKind())
            .setTimeMs(record.getTimeMs()));
    if (head.getOpenCount() >= RECORDS_PER_BATCH_MAX) {
      close(head, step);
      step.cancelTimer(CLOSE_TIMER);
    } else if (head.getOpenCount() == 1) {
      AuditEvent close = AuditEvent.newBuilder().setClose(AuditClose.getDefaultInstance()).build();
      step.timer(CLOSE_TIMER, nowMs + OPEN_MS_MAX, close.toByteArray());
    }
    step.reply(commitment);
  }

  private static void close(AuditHead.Builder head, Step.Builder step) {
    if (head.getOpenCount() == 0) {
      return;
    }
    BatchStatement.Builder statement = BatchStatement.newBuilder();
    Map<RecordKind, Integer> counts = new TreeMap<>();
    for (PendingRecord record : head.getOpenList()) {
      statement.addCommitments(record.getCommitment());
      statement.setTimeMs(Math.max(statement.getTimeMs(), record.getTimeMs()));
      counts.merge(record.getKind(), 1, Integer::sum);
    }
    counts.forEach(
        (kind, count) ->
            statement.addCounts(RecordCount.newBuilder().setKind(kind).setCount(count)));
    head.clearOpen();
    chain(head, step, statement);
    if (head.getDevice().isEmpty() && head.getNextBatch() > BATCH_ROWS_MAX) {
      // Nobody has asked for them so far; the records themselves stay.
      step.delete(row(BATCHES, head.getNextBatch() - 1 - BATCH_ROWS_MAX));
    }
    Machines.effect(step, Machines.EFFECT_AUDIT_WAKE, Machines.AUDIT);
  }

  /** Gives a statement its place after the one before it. */
  private static void chain(
      AuditHead.Builder head, Step.Builder step, BatchStatement.Builder statement) {
    statement
        .setTenant(head.getTenant())
        .setDevice(head.getDevice())
        .setIncarnation(head.getIncarnation())
        .setBatch(head.getNextBatch())
        .setFirstSeq(head.getNextSeq())
        .setPreviousSha256(head.getPreviousSha256());
    head.setNextSeq(head.getNextSeq() + statement.getCommitmentsCount());
    byte[] bytes = statement.build().toByteArray();
    step.put(row(BATCHES, head.getNextBatch()), bytes);
    head.setNextBatch(head.getNextBatch() + 1);
    head.setPreviousSha256(ByteString.copyFrom(Hashes.sha256(bytes)));
  }

  private static void receipt(
      RowReader own, AuditHead.Builder head, Step.Builder step, AuditReceived event) {
    AuditReceipt receipt = event.getReceipt();
    if (receipt.getIncarnation() != head.getIncarnation()) {
      return;
    }
    boolean unknown =
        receipt.getNextBatch() > head.getNextBatch()
            || receipt.getError() == ErrorCode.SPLIT_VIEW.number();
    if (unknown && event.getFreshIncarnation() == 0) {
      return;
    }
    if (unknown) {
      restart(own, head, step, event.getFreshIncarnation());
      NewLife life = NewLife.newBuilder().setIncarnation(head.getIncarnation()).build();
      step.send(
          Machines.UPLINK,
          Machines.UPLINK,
          UplinkEvent.newBuilder().setRestart(life).build().toByteArray());
      return;
    }
    long done = head.getReceipted();
    for (Row row : own.scan(BATCHES, BATCH_ROWS_MAX)) {
      long batch = Long.parseLong(row.name().substring(BATCHES.length()));
      if (batch >= receipt.getNextBatch()) {
        break;
      }
      step.delete(row.name());
      done = batch + 1;
    }
    head.setReceipted(done);
  }

  private static void restart(
      RowReader own, AuditHead.Builder head, Step.Builder step, long incarnation) {
    if (incarnation == head.getIncarnation()) {
      return;
    }
    head.setIncarnation(incarnation);
    chainAnew(own, head, step);
  }

  /** Numbers the statements without a receipt from the beginning. */
  private static void chainAnew(RowReader own, AuditHead.Builder head, Step.Builder step) {
    List<Row> kept = own.scan(BATCHES, BATCH_ROWS_MAX);
    kept.forEach(row -> step.delete(row.name()));
    head.setNextSeq(0).setNextBatch(0).setReceipted(0).clearPreviousSha256();
    for (Row row : kept) {
      chain(head, step, Machines.parse(BatchStatement.parser(), row.value()).toBuilder());
    }
    Machines.effect(step, Machines.EFFECT_AUDIT_WAKE, Machines.AUDIT);
  }
}
