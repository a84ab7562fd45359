package dev.drover.agent.audit;

import com.google.protobuf.ByteString;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.v1.AuditAppend;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.AuditHead;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.ClockDetails;
import dev.drover.agent.v1.QuestionDetails;
import dev.drover.agent.v1.RefusalDetails;
import dev.drover.agent.v1.StartDetails;
import dev.drover.agent.v1.StoredRecord;
import dev.drover.agent.v1.ToolDetails;
import dev.drover.machine.Engine;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.RecordKind;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records what the device did, each under a fresh random key. Thread-safe. */
public final class AuditTrail {
  private static final Logger LOG = LoggerFactory.getLogger(AuditTrail.class);

  /** Longest text of one field of a record, in characters; what is beyond is cut. */
  private static final int TEXT_CHARS_MAX = 100_000;

  private final Engine engine;
  private final SecureRandom random;

  /** Makes a trail over the agent's engine. */
  public AuditTrail(Engine engine, SecureRandom random) {
    this.engine = engine;
    this.random = random;
  }

  /**
   * A record as the owner may read it.
   *
   * @param number of the record on this device, from 0
   * @param record what happened
   * @param key under which the hub's log holds the commitment, 32 bytes
   * @param commitment what the hub's log holds, 32 bytes
   */
  public record Entry(long number, AuditRecord record, byte[] key, byte[] commitment) {}

  /** Returns a fresh key for a record. */
  public byte[] newKey() {
    byte[] key = new byte[AuditMachine.KEY_BYTES];
    random.nextBytes(key);
    return key;
  }

  /** Records a start of the agent. */
  public CompletionStage<byte[]> started(StartDetails details) {
    return record(record(RecordKind.AGENT_STARTED).setStart(details));
  }

  /** Records a question and its answer; returns the commitment when it is durable. */
  public CompletionStage<byte[]> answered(QuestionDetails details) {
    QuestionDetails bounded =
        details.toBuilder()
            .setPrompt(bounded(details.getPrompt()))
            .setAnswerJson(bounded(details.getAnswerJson()))
            .build();
    return record(record(RecordKind.QUESTION_ANSWERED).setQuestion(bounded));
  }

  /** Records a tool call; returns the commitment when it is durable. */
  public CompletionStage<byte[]> called(ToolDetails details) {
    ToolDetails bounded =
        details.toBuilder()
            .setArgumentsJson(bounded(details.getArgumentsJson()))
            .setResultJson(bounded(details.getResultJson()))
            .build();
    return record(record(RecordKind.TOOL_CALLED).setTool(bounded));
  }

  /** Records that something was not allowed to leave; failures are logged. */
  public void refusedEgress(String what) {
    RefusalDetails details = RefusalDetails.newBuilder().setWhat(bounded(what)).build();
    logFailure(record(record(RecordKind.EGRESS_REFUSED).setRefusal(details)));
  }

  /** Records a request of a local program or neighbour; failures are logged. */
  public void localRequest(String what) {
    RefusalDetails details = RefusalDetails.newBuilder().setWhat(bounded(what)).build();
    logFailure(record(record(RecordKind.LOCAL_REQUEST).setRefusal(details)));
  }

  /** Records that the clock was set forward; failures are logged. */
  public void clockCorrected(long beforeMs, long afterMs) {
    ClockDetails details =
        ClockDetails.newBuilder().setBeforeMs(beforeMs).setAfterMs(afterMs).build();
    logFailure(record(record(RecordKind.CLOCK_CORRECTED).setClock(details)));
  }

  /**
   * Returns records in order, for the owner of the device only.
   *
   * @param from number of the first, 0 or more; older ones may be gone
   * @param limit 1 to 1000
   */
  public List<Entry> list(long from, int limit) {
    return engine.read(
        Machines.AUDIT,
        Machines.AUDIT,
        rows -> {
          List<Entry> entries = new ArrayList<>();
          String first = AuditMachine.row(AuditMachine.RECORDS, Math.max(0, from));
          rows.scan(AuditMachine.RECORDS, first, limit)
              .forEach(row -> entries.add(entry(row.name(), row.value())));
          return entries;
        });
  }

  /** Returns how many records the hub has no receipt for. */
  public long pending() {
    return engine.read(Machines.AUDIT, Machines.AUDIT, AuditTrail::pending);
  }

  private static long pending(RowReader rows) {
    AuditHead head =
        Machines.row(rows, AuditMachine.HEAD, AuditHead.parser(), AuditHead.getDefaultInstance());
    List<Row> first = rows.scan(AuditMachine.BATCHES, 1);
    long inBatches =
        first.isEmpty()
            ? 0
            : head.getNextSeq()
                - Machines.parse(BatchStatement.parser(), first.get(0).value()).getFirstSeq();
    return head.getOpenCount() + inBatches;
  }

  private static Entry entry(String row, byte[] value) {
    StoredRecord stored = Machines.parse(StoredRecord.parser(), value);
    byte[] record = stored.getRecord().toByteArray();
    byte[] key = stored.getKey().toByteArray();
    return new Entry(
        Long.parseLong(row.substring(AuditMachine.RECORDS.length())),
        Machines.parse(AuditRecord.parser(), record),
        key,
        AuditMachine.commitment(key, record));
  }

  private AuditRecord.Builder record(RecordKind kind) {
    return AuditRecord.newBuilder().setTimeMs(engine.nowMs()).setKind(kind);
  }

  private CompletionStage<byte[]> record(AuditRecord.Builder record) {
    AuditAppend append =
        AuditAppend.newBuilder()
            .setRecord(record.build().toByteString())
            .setKey(ByteString.copyFrom(newKey()))
            .build();
    return engine
        .submit(
            Machines.AUDIT,
            Machines.AUDIT,
            AuditEvent.newBuilder().setAppend(append).build().toByteArray())
        .thenApply(reply -> reply.orThrow());
  }

  private static void logFailure(CompletionStage<byte[]> stage) {
    stage.whenComplete(
        (commitment, failed) -> {
          if (failed != null) {
            LOG.atError().setCause(failed).log("A record could not be made");
          }
        });
  }

  private static String bounded(String text) {
    return text.length() <= TEXT_CHARS_MAX ? text : text.substring(0, TEXT_CHARS_MAX);
  }
}
