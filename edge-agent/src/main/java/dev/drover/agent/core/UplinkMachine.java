package dev.drover.agent.core;

import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.NewLife;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.agent.v1.UplinkHead;
import dev.drover.agent.v1.UplinkReceipt;
import dev.drover.machine.Machine;
import dev.drover.machine.MachineLimits;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.WaitReason;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Numbers what must reach the hub and keeps it until the hub's receipt.
 *
 * <p>Of one execution at most one progress report is numbered and without receipt; a newer one
 * waits unnumbered and replaces the one that waited, so that a device away from its hub keeps a
 * bounded number of them. Every other report is numbered at once and never lost.
 *
 * <p>A receipt for a number that was never given, or a hub that knows more of the store's past than
 * the store, shows that it is an old image, and a start with another enrolment that the hub expects
 * a new life: the machine then begins a new incarnation with what it still holds, and tells the
 * audit machine.
 */
public final class UplinkMachine implements Machine<UplinkEvent> {
  /** Row that holds an {@link UplinkHead}. */
  public static final String HEAD = "head";

  /** Prefix of the rows of numbered events, each a {@link DeviceEvent}; then the number. */
  public static final String EVENTS = "e/";

  /** Prefix of the rows of progress reports that wait; then the execution. */
  static final String WAITING = "p/";

  private static final int RECEIPT_ROWS_MAX = MachineLimits.STEP_ROWS_MAX / 2;

  @Override
  public String name() {
    return Machines.UPLINK;
  }

  @Override
  public UplinkEvent decode(byte[] event) {
    return Machines.parse(UplinkEvent.parser(), event);
  }

  @Override
  public Step step(RowReader own, UplinkEvent event, long nowMs) {
    UplinkHead.Builder head =
        Machines.row(own, HEAD, UplinkHead.parser(), UplinkHead.getDefaultInstance()).toBuilder();
    Step.Builder step = Step.builder();
    switch (event.getBodyCase()) {
      case BEGIN -> begin(own, head, step, event.getBegin());
      case RESTART -> restart(own, head, step, event.getRestart().getIncarnation(), false);
      case REPORT -> report(head, step, event.getReport(), nowMs);
      case RECEIPT -> receipt(own, head, step, event.getReceipt(), nowMs);
      default -> {
        return Step.nothing();
      }
    }
    step.put(HEAD, head.build().toByteArray());
    return step.build();
  }

  /**
   * Learns at a start with what number the device was enrolled. Enrolled again, it begins the life
   * that the hub knows from then on; what the hub knew before it refuses as replayed.
   */
  private static void begin(
      RowReader own, UplinkHead.Builder head, Step.Builder step, NewLife life) {
    boolean enrolled = !life.getDevice().isEmpty();
    long before = head.getEnrolledIncarnation();
    if (own.get(HEAD) == null) {
      head.setIncarnation(life.getIncarnation());
    } else if (enrolled && before != 0 && before != life.getIncarnation()) {
      restart(own, head, step, life.getIncarnation(), true);
    }
    if (enrolled) {
      head.setEnrolledIncarnation(life.getIncarnation());
    }
  }

  /** Returns the row of the event with this number. */
  public static String eventRow(long seq) {
    return EVENTS + String.format(Locale.ROOT, "%020d", seq);
  }

  private static void report(
      UplinkHead.Builder head, Step.Builder step, ExecutionReport report, long nowMs) {
    String execution = report.getExecution();
    if (isProgress(report)) {
      if (head.containsProgress(execution)) {
        step.put(WAITING + execution, report.toByteArray());
        return;
      }
      head.putProgress(execution, head.getLastSeq() + 1);
    } else {
      step.delete(WAITING + execution);
    }
    number(head, step, report, nowMs);
    Machines.effect(step, Machines.EFFECT_UPLINK_WAKE, Machines.UPLINK);
  }

  /** What a later report of the execution makes pointless: how far it is, what it waits for. */
  private static boolean isProgress(ExecutionReport report) {
    return report.getState() == ExecutionState.RUNNING
        || report.getWaitsFor() != WaitReason.WAIT_REASON_UNSPECIFIED;
  }

  private static void number(
      UplinkHead.Builder head, Step.Builder step, ExecutionReport report, long nowMs) {
    long seq = head.getLastSeq() + 1;
    head.setLastSeq(seq);
    DeviceEvent event =
        DeviceEvent.newBuilder()
            .setIncarnation(head.getIncarnation())
            .setSeq(seq)
            .setTimeMs(nowMs)
            .setReport(report)
            .build();
    step.put(eventRow(seq), event.toByteArray());
  }

  private static void receipt(
      RowReader own, UplinkHead.Builder head, Step.Builder step, UplinkReceipt event, long nowMs) {
    long seq = event.getReceipt().getSeq();
    if (event.getReceipt().getIncarnation() != head.getIncarnation()) {
      return;
    }
    if (seq > head.getLastSeq() || event.getSetBack()) {
      restart(own, head, step, event.getFreshIncarnation(), true);
      return;
    }
    if (seq <= head.getReceiptSeq()) {
      return;
    }
    long done = head.getReceiptSeq();
    for (Row row : own.scan(EVENTS, RECEIPT_ROWS_MAX)) {
      long number = Long.parseLong(row.name().substring(EVENTS.length()));
      if (number > seq) {
        break;
      }
      step.delete(row.name());
      done = number;
    }
    head.setReceiptSeq(done);
    for (Map.Entry<String, Long> progress : new TreeMap<>(head.getProgressMap()).entrySet()) {
      if (progress.getValue() <= done) {
        promote(own, head, step, progress.getKey(), nowMs);
      }
    }
  }

  /** Numbers the progress report that waited for the receipt of the one before, if any did. */
  private static void promote(
      RowReader own, UplinkHead.Builder head, Step.Builder step, String execution, long nowMs) {
    head.removeProgress(execution);
    byte[] waiting = own.get(WAITING + execution);
    if (waiting != null) {
      step.delete(WAITING + execution);
      head.putProgress(execution, head.getLastSeq() + 1);
      number(head, step, Machines.parse(ExecutionReport.parser(), waiting), nowMs);
      Machines.effect(step, Machines.EFFECT_UPLINK_WAKE, Machines.UPLINK);
    }
  }

  private static void restart(
      RowReader own,
      UplinkHead.Builder head,
      Step.Builder step,
      long incarnation,
      boolean tellAudit) {
    if (incarnation == head.getIncarnation()) {
      return;
    }
    List<Row> kept = own.scan(EVENTS, RECEIPT_ROWS_MAX);
    kept.forEach(row -> step.delete(row.name()));
    long enrolled = head.getEnrolledIncarnation();
    head.clear().setIncarnation(incarnation).setEnrolledIncarnation(enrolled);
    for (Row row : kept) {
      DeviceEvent event = Machines.parse(DeviceEvent.parser(), row.value());
      if (isProgress(event.getReport())) {
        head.putProgress(event.getReport().getExecution(), head.getLastSeq() + 1);
      }
      number(head, step, event.getReport(), event.getTimeMs());
    }
    if (tellAudit) {
      NewLife life = NewLife.newBuilder().setIncarnation(incarnation).build();
      step.send(
          Machines.AUDIT,
          Machines.AUDIT,
          AuditEvent.newBuilder().setRestart(life).build().toByteArray());
    }
    Machines.effect(step, Machines.EFFECT_UPLINK_WAKE, Machines.UPLINK);
  }
}
