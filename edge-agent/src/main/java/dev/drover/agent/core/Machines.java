package dev.drover.agent.core;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.drover.agent.v1.AuditAppend;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.TurnArrived;
import dev.drover.agent.v1.TurnEvent;
import dev.drover.agent.v1.TurnLeft;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.Lease;
import dev.drover.v1.Task;

/** Names of the agent's machines, keys and effects, and what the machines share. */
public final class Machines {
  /** Machine and only key of the commands that were made durable. */
  public static final String DOWNLINK = "downlink";

  /** Machine and only key of the events that wait for a receipt. */
  public static final String UPLINK = "uplink";

  /** Machine of executions; the key is the execution. */
  public static final String RUN = "run";

  /** Machine and only key of what waits on the device before it starts. */
  public static final String TURN = "turn";

  /** Machine and only key of slots and of the release in progress. */
  public static final String INSTALL = "install";

  /** Machine and only key of the answer budget. */
  public static final String BUDGET = "budget";

  /** Machine and only key of the audit records. */
  public static final String AUDIT = "audit";

  /** Effect of downlink: tell the hub how far the commands were followed. */
  public static final String EFFECT_ACK = "ack";

  /** Effect of downlink and turn: stop the execution that is the target, if it runs. */
  public static final String EFFECT_CANCEL_RUN = "cancel-run";

  /** Effect of downlink: keep the configuration that the hub desires, which is the payload. */
  public static final String EFFECT_CONFIG = "config";

  /** Effect of uplink: there is something new to send. */
  public static final String EFFECT_UPLINK_WAKE = "uplink-wake";

  /** Effect of audit: there is something new to send. */
  public static final String EFFECT_AUDIT_WAKE = "audit-wake";

  /** Effect of turn: look at the device, and tell what it finds. */
  public static final String EFFECT_LOOK = "turn-look";

  /** Effect of downlink: tell the hub that a command is missing. */
  public static final String EFFECT_GAP = "gap";

  /** Effect of run: do what the lease says; the payload is the attempt, in decimal. */
  public static final String EFFECT_RUN = "run";

  /** Effect of install: verify the release's documents and see whether it fits. */
  public static final String EFFECT_PREFLIGHT = "install-preflight";

  /** Effect of install: fetch and check its content. */
  public static final String EFFECT_FETCH = "install-fetch";

  /** Effect of install: make its slot. */
  public static final String EFFECT_STAGE = "install-stage";

  /** Effect of install: end the process, to be started into the slot that was decided. */
  public static final String EFFECT_RESTART = "install-restart";

  /** Effect of install: delete slots that nobody can return to. */
  public static final String EFFECT_COLLECT = "install-collect";

  private static final byte[] NOTHING = {};

  private Machines() {}

  /**
   * Parses a message of a row or an event.
   *
   * @throws IllegalArgumentException if it does not parse
   */
  public static <T extends MessageLite> T parse(Parser<T> parser, byte[] bytes) {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalArgumentException("Not a message of its type", broken);
    }
  }

  /** Returns the message of a row, or the given one where there is no row. */
  public static <T extends MessageLite> T row(
      RowReader rows, String name, Parser<T> parser, T otherwise) {
    byte[] bytes = rows.get(name);
    return bytes == null ? otherwise : parse(parser, bytes);
  }

  /** Owes an effect without a payload. */
  static void effect(Step.Builder step, String kind, String target) {
    step.effect(kind, target, NOTHING);
  }

  /** Tells the queue of the device that an attempt ended. */
  static void leave(Step.Builder step, Lease lease) {
    TurnLeft left =
        TurnLeft.newBuilder()
            .setExecution(lease.getExecution())
            .setAttempt(lease.getAttempt())
            .build();
    step.send(TURN, TURN, TurnEvent.newBuilder().setLeft(left).build().toByteArray());
  }

  /**
   * Queues a lease that was accepted.
   *
   * @param fromMs engine time before which it may not start
   */
  static void queue(Step.Builder step, Lease lease, String bootId, long fromMs) {
    TurnArrived arrived =
        TurnArrived.newBuilder()
            .setExecution(lease.getExecution())
            .setAttempt(lease.getAttempt())
            .setJob(lease.getJob())
            .setTask(inWords(lease.getTask()))
            .setInstall(lease.getTask().hasInstall() || lease.getTask().hasRevert())
            .setPriority(lease.getPriority())
            .addAllWindows(lease.getWindowsList())
            .setConditions(lease.getConditions())
            .setFromMs(fromMs)
            .setExpiresMs(lease.getExpiresMs())
            .setBootId(bootId)
            .build();
    step.send(TURN, TURN, TurnEvent.newBuilder().setArrived(arrived).build().toByteArray());
  }

  private static String inWords(Task task) {
    return switch (task.getKindCase()) {
      case ASK -> "ask " + task.getAsk().getQuestion();
      case TOOL -> "call " + task.getTool().getTool();
      case INSTALL -> "install " + task.getInstall().getTarget();
      case REVERT -> "go back to the release before";
      case KIND_NOT_SET -> "";
    };
  }

  /** Owes a report to the hub. */
  static void report(Step.Builder step, ExecutionReport report) {
    step.send(UPLINK, UPLINK, UplinkEvent.newBuilder().setReport(report).build().toByteArray());
  }

  /** Owes an audit record under a key that the event brought; without a key, none. */
  static void audit(Step.Builder step, ByteString key, AuditRecord record) {
    if (key.isEmpty()) {
      return;
    }
    AuditAppend append =
        AuditAppend.newBuilder().setRecord(record.toByteString()).setKey(key).build();
    step.send(AUDIT, AUDIT, AuditEvent.newBuilder().setAppend(append).build().toByteArray());
  }
}
