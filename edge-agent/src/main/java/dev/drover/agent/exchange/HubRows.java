package dev.drover.agent.exchange;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.DownlinkMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.v1.AuditHead;
import dev.drover.agent.v1.DownlinkRow;
import dev.drover.agent.v1.UplinkHead;
import dev.drover.machine.Engine;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.CommandMark;
import dev.drover.v1.DeviceEvent;
import java.util.List;

/**
 * What the machines hold of the exchange with the hub. Also before the engine is started. Thread-
 * safe.
 */
final class HubRows {
  /** Most numbered events, and most batches, that are read at a time. */
  private static final int WINDOW = 32;

  private final Engine engine;

  HubRows(Engine engine) {
    this.engine = engine;
  }

  /** Returns how far the hub's commands were followed. */
  CommandMark mark() {
    return row(
            Machines.DOWNLINK,
            DownlinkMachine.ROW,
            DownlinkRow.parser(),
            DownlinkRow.getDefaultInstance())
        .getMark();
  }

  /** Returns how far events are numbered. */
  UplinkHead head() {
    return row(
        Machines.UPLINK, UplinkMachine.HEAD, UplinkHead.parser(), UplinkHead.getDefaultInstance());
  }

  /** Returns how far audit batches are numbered. */
  AuditHead audit() {
    return row(
        Machines.AUDIT, AuditMachine.HEAD, AuditHead.parser(), AuditHead.getDefaultInstance());
  }

  /** Returns events without a receipt in order, from a number on. */
  List<DeviceEvent> events(long fromSeq) {
    return rows(Machines.UPLINK, UplinkMachine.EVENTS, UplinkMachine.eventRow(fromSeq)).stream()
        .map(row -> Machines.parse(DeviceEvent.parser(), row.value()))
        .toList();
  }

  /** Returns audit batches without a receipt in order, from a number on. */
  List<BatchStatement> batches(long fromBatch) {
    String from = AuditMachine.row(AuditMachine.BATCHES, fromBatch);
    return rows(Machines.AUDIT, AuditMachine.BATCHES, from).stream()
        .map(row -> Machines.parse(BatchStatement.parser(), row.value()))
        .toList();
  }

  private List<Row> rows(String machine, String prefix, String from) {
    return engine.read(machine, machine, reader -> copy(reader, prefix, from));
  }

  private static List<Row> copy(RowReader reader, String prefix, String from) {
    return reader.scan(prefix, from, WINDOW).stream()
        .map(row -> new Row(row.name(), row.value().clone()))
        .toList();
  }

  private <T extends MessageLite> T row(String machine, String name, Parser<T> parser, T none) {
    return engine.read(machine, machine, rows -> Machines.row(rows, name, parser, none));
  }
}
