package dev.drover.deploy.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.drover.hub.core.AuditMachine;
import dev.drover.hub.core.DeviceMachine;
import dev.drover.hub.core.ExecutionMachine;
import dev.drover.hub.core.JobMachine;
import dev.drover.hub.core.MachineKeys;
import dev.drover.hub.core.RegistryMachine;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.DeviceRow;
import dev.drover.hub.v1.DeviceSeen;
import dev.drover.hub.v1.ExecutionEnvelope;
import dev.drover.hub.v1.ExecutionHead;
import dev.drover.hub.v1.ExecutionRow;
import dev.drover.hub.v1.GroupRow;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.JobRow;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.machine.Effect;
import dev.drover.machine.Machine;
import dev.drover.machine.Row;
import dev.drover.machine.RowChange;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.CommandMark;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.GroupState;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Defects of the hub's machines. */
final class HubDefects {
  private HubDefects() {}

  private static Machine<?> job(Machine<?> machine, Tampered.How<JobEnvelope> how) {
    return Tampered.only(JobMachine.class, machine, how);
  }

  private static Machine<?> execution(Machine<?> machine, Tampered.How<ExecutionEnvelope> how) {
    return Tampered.only(ExecutionMachine.class, machine, how);
  }

  static <T extends MessageLite> T parse(Parser<T> parser, byte[] bytes) {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalStateException(broken);
    }
  }

  private static <T extends MessageLite> T row(
      RowReader own, String name, Parser<T> parser, T none) {
    byte[] bytes = own.get(name);
    return bytes == null ? none : parse(parser, bytes);
  }

  static Machine<?> stopTakesNothingBack(Machine<?> machine) {
    return job(
        machine,
        (shipped, own, event, nowMs) -> {
          Step step = shipped.step(own, event, nowMs);
          return event.hasStopMore()
              ? Tampered.without(
                  step, e -> e.isSend() && e.sendMachine().equals(MachineKeys.EXECUTION))
              : step;
        });
  }

  static Machine<?> stopOnlyTakesBack(Machine<?> machine) {
    return execution(
        machine,
        (shipped, own, event, nowMs) -> {
          ExecutionEnvelope.Builder milder = event.toBuilder();
          if (event.hasCancel()) {
            milder.getCancelBuilder().setStopRunning(false);
          }
          return shipped.step(own, milder.build(), nowMs);
        });
  }

  static Machine<?> retryNotWoken(Machine<?> machine) {
    return job(
        machine,
        (shipped, own, event, nowMs) ->
            event.hasRetry() ? Step.nothing() : shipped.step(own, event, nowMs));
  }

  static Machine<?> moreSlots(Machine<?> machine) {
    return job(
        machine,
        (shipped, own, event, nowMs) -> {
          JobEnvelope.Builder more = event.toBuilder();
          if (event.hasCreate()) {
            int slots = event.getCreate().getSpec().getConcurrency();
            more.getCreateBuilder().getSpecBuilder().setConcurrency(slots + 1);
          }
          return shipped.step(own, more.build(), nowMs);
        });
  }

  static Machine<?> gateOfNobody(Machine<?> machine) {
    return job(
        machine,
        (shipped, own, event, nowMs) -> {
          Step step = shipped.step(own, event, nowMs);
          return event.hasTargetsComplete() ? firstPassed(own, step) : step;
        });
  }

  private static Step firstPassed(RowReader own, Step step) {
    Map<String, byte[]> groups = new TreeMap<>();
    for (Row row : own.scan("g/", 64)) {
      groups.put(row.name(), row.value());
    }
    byte[] job = own.get("job");
    for (RowChange change : step.rows()) {
      byte[] value = change.value();
      if (change.row().startsWith("g/") && value != null) {
        groups.put(change.row(), value);
      }
      job = change.row().equals("job") ? value : job;
    }
    if (job == null || groups.size() < 2) {
      return step;
    }
    Map<String, byte[]> more = new LinkedHashMap<>();
    int index = 0;
    for (Map.Entry<String, byte[]> group : groups.entrySet()) {
      GroupRow.Builder row = parse(GroupRow.parser(), group.getValue()).toBuilder();
      if (index < 2) {
        row.getGroupBuilder()
            .setState(index == 0 ? GroupState.GROUP_PASSED : GroupState.GROUP_RUNNING);
        more.put(group.getKey(), row.build().toByteArray());
      }
      index++;
    }
    more.put("job", parse(JobRow.parser(), job).toBuilder().setGroup(1).build().toByteArray());
    return Tampered.plus(step, more);
  }

  static Machine<?> successTwice(Machine<?> machine) {
    return job(
        machine,
        (shipped, own, event, nowMs) -> {
          Step step = shipped.step(own, event, nowMs);
          boolean success =
              event.hasEnded() && event.getEnded().getState() == ExecutionState.SUCCEEDED;
          return success ? Tampered.rows(step, HubDefects::oneMore) : step;
        });
  }

  private static RowChange oneMore(RowChange change) {
    byte[] value = change.value();
    if (!change.row().startsWith("g/") || value == null) {
      return change;
    }
    GroupRow.Builder row = parse(GroupRow.parser(), value).toBuilder();
    if (row.getGroup().getSucceeded() > 0) {
      row.getGroupBuilder().setSucceeded(row.getGroup().getSucceeded() + 1);
    }
    return Step.builder().put(change.row(), row.build().toByteArray()).build().rows().get(0);
  }

  static Machine<?> retryWithoutNumber(Machine<?> machine) {
    return job(
        machine,
        (shipped, own, event, nowMs) ->
            Tampered.effects(shipped.step(own, event, nowMs), HubDefects::firstAttempt));
  }

  private static Effect firstAttempt(Effect effect) {
    if (!effect.isSend() || !effect.sendMachine().equals(MachineKeys.EXECUTION)) {
      return effect;
    }
    ExecutionEnvelope.Builder event =
        parse(ExecutionEnvelope.parser(), effect.payload()).toBuilder();
    if (!event.hasGrant()) {
      return effect;
    }
    event.getGrantBuilder().getLeaseBuilder().setAttempt(1);
    return Effect.send(effect.sendMachine(), effect.sendKey(), event.build().toByteArray());
  }

  static Machine<?> cancelNotDone(Machine<?> machine) {
    return job(
        machine,
        (shipped, own, event, nowMs) ->
            event.hasCancel() ? Step.nothing() : shipped.step(own, event, nowMs));
  }

  static Machine<?> lateDropped(Machine<?> machine) {
    return execution(
        machine,
        (shipped, own, event, nowMs) -> {
          ExecutionEnvelope.Builder less = event.toBuilder();
          if (event.hasSaid()) {
            less.getSaidBuilder().clearReports();
            for (ExecutionReport report : event.getSaid().getReportsList()) {
              ExecutionRow row =
                  row(
                      own,
                      "x/" + report.getExecution(),
                      ExecutionRow.parser(),
                      ExecutionRow.getDefaultInstance());
              ExecutionState state = row.getExecution().getState();
              if (state != ExecutionState.UNREACHABLE && state != ExecutionState.TIMED_OUT) {
                less.getSaidBuilder().addReports(report);
              }
            }
          }
          return shipped.step(own, less.build(), nowMs);
        });
  }

  static Machine<?> anyAttempt(Machine<?> machine) {
    return execution(
        machine,
        (shipped, own, event, nowMs) -> {
          ExecutionEnvelope.Builder other = event.toBuilder();
          if (event.hasSaid()) {
            other
                .getSaidBuilder()
                .getReportsBuilderList()
                .forEach(
                    report -> {
                      ExecutionRow row =
                          row(
                              own,
                              "x/" + report.getExecution(),
                              ExecutionRow.parser(),
                              ExecutionRow.getDefaultInstance());
                      report.setAttempt(Math.max(1, row.getExecution().getAttempt()));
                    });
          }
          return shipped.step(own, other.build(), nowMs);
        });
  }

  static Machine<?> neverAgain(Machine<?> machine) {
    return execution(
        machine,
        (shipped, own, event, nowMs) -> {
          if (event.hasResend()) {
            return Step.nothing();
          }
          ExecutionEnvelope.Builder other = event.toBuilder();
          if (event.hasSaid()) {
            other.getSaidBuilder().setHello(false);
          }
          if (event.hasConnected() && event.getConnected().getOnline()) {
            // Sends what was never sent, and nothing else.
            ExecutionHead head =
                row(own, "head", ExecutionHead.parser(), ExecutionHead.getDefaultInstance());
            byte[] online = head.toBuilder().setOnline(true).build().toByteArray();
            return Step.builder().put("head", online).build();
          }
          return shipped.step(own, other.build(), nowMs);
        });
  }

  static Machine<?> restoreNotNoticed(Machine<?> machine) {
    return execution(
        machine,
        (shipped, own, event, nowMs) -> {
          if (event.hasMoveEpoch()) {
            return Step.nothing();
          }
          ExecutionHead head =
              row(own, "head", ExecutionHead.parser(), ExecutionHead.getDefaultInstance());
          ExecutionEnvelope.Builder other = event.toBuilder();
          CommandMark mark = event.getSaid().getAcked();
          boolean beyond =
              mark.getHubEpoch() > head.getHubEpoch()
                  || (mark.getHubEpoch() == head.getHubEpoch()
                      && mark.getSeq() > head.getSentSeq());
          if (event.hasSaid() && beyond) {
            other
                .getSaidBuilder()
                .setAcked(
                    CommandMark.newBuilder()
                        .setHubEpoch(head.getHubEpoch())
                        .setSeq(head.getAckedSeq()));
          }
          return shipped.step(own, other.build(), nowMs);
        });
  }

  static Machine<?> incarnationIgnored(Machine<?> machine) {
    return Tampered.only(
        DeviceMachine.class,
        machine,
        (shipped, own, event, nowMs) -> {
          DeviceRow row = row(own, "device", DeviceRow.parser(), DeviceRow.getDefaultInstance());
          DeviceEnvelope.Builder same = event.toBuilder();
          if (event.hasInbound()) {
            same.getInboundBuilder().getEventBuilder().setIncarnation(row.getIncarnation());
          }
          return shipped.step(own, same.build(), nowMs);
        });
  }

  static Machine<?> repeatedTaken(Machine<?> machine) {
    return Tampered.only(
        DeviceMachine.class,
        machine,
        (shipped, own, event, nowMs) -> {
          DeviceSeen seen = row(own, "seen", DeviceSeen.parser(), DeviceSeen.getDefaultInstance());
          long seq = event.getInbound().getEvent().getSeq();
          if (!event.hasInbound() || seq == 0 || seq == seen.getEventSeq() + 1) {
            return shipped.step(own, event, nowMs);
          }
          byte[] before = seen.toBuilder().setEventSeq(seq - 1).build().toByteArray();
          return shipped.step(new Tampered.Other(own, "seen", before), event, nowMs);
        });
  }

  static Machine<?> receiptWithoutLeaf(Machine<?> machine) {
    return Tampered.only(
        AuditMachine.class,
        machine,
        (shipped, own, event, nowMs) -> {
          Step step = shipped.step(own, event, nowMs);
          if (!event.hasInbound()) {
            return step;
          }
          AuditUpload upload =
              parse(AuditUpload.parser(), event.getInbound().getUpload().toByteArray());
          long batch =
              parse(BatchStatement.parser(), upload.getStatement().toByteArray()).getBatch();
          return batch % 3 == 2
              ? Tampered.rows(step, row -> row.row().startsWith("d/") ? row : null)
              : step;
        });
  }

  static Machine<?> keyIgnored(Machine<?> machine) {
    return Tampered.only(
        RegistryMachine.class,
        machine,
        (shipped, own, event, nowMs) -> {
          RegistryEnvelope.Builder other = event.toBuilder();
          if (event.hasReserveJob()) {
            other.getReserveJobBuilder().clearIdempotencyKey();
          }
          return shipped.step(own, other.build(), nowMs);
        });
  }
}
