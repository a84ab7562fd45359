package dev.drover.hub.fleet;

import com.google.protobuf.ByteString;
import dev.drover.config.DesiredConfig;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.envelope.AuditAuth;
import dev.drover.envelope.CommandAuth;
import dev.drover.envelope.EventAuth;
import dev.drover.v1.AuditReceipt;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.Command;
import dev.drover.v1.CommandMark;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ConfigKeyState;
import dev.drover.v1.ConfigReport;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.Hello;
import dev.drover.v1.Lease;
import dev.drover.v1.RecordCount;
import dev.drover.v1.RecordKind;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topic;
import dev.drover.wire.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;

/**
 * A device that follows the protocol, with real envelopes and no engine: its fields are its disk.
 * Counts how often each attempt was started, which nothing may do twice.
 */
final class SimDevice {
  private static final String TENANT = SimWorld.TENANT;
  private static final long RESEND_MS = 10_000;

  final String name;
  final byte[] auditSeed;
  final Map<String, Integer> starts = new HashMap<>();
  final TreeMap<Long, DeviceEvent> outbox = new TreeMap<>();

  /** How often the hub said that it does not take what this device says. */
  int refusals;

  private final SimLink link;
  private final byte[] hubKey;
  private final byte[] linkKey;
  private final LongSupplier nowMs;
  private final Map<String, ExecutionReport> executions = new LinkedHashMap<>();
  private final List<Lease> waiting = new ArrayList<>();
  private BiFunction<String, Integer, ExecutionReport.Builder> work;
  private CommandMark mark = CommandMark.getDefaultInstance();
  private ConfigReport config = ConfigReport.getDefaultInstance();
  private long incarnation;
  private long lastSeq;
  private boolean welcomed;
  private boolean online;
  private long lastSendMs;
  private long nextBatch;
  private long nextRecord;
  private ByteString previousBatch = ByteString.EMPTY;
  private final Map<Long, AuditUpload> batches = new TreeMap<>();

  SimDevice(
      String name,
      SimLink link,
      byte[] hubKey,
      byte[] linkKey,
      long incarnation,
      LongSupplier nowMs) {
    this.name = name;
    this.link = link;
    this.hubKey = hubKey;
    this.linkKey = linkKey;
    this.incarnation = incarnation;
    this.nowMs = nowMs;
    this.auditSeed = Hashes.sha256(name.getBytes(StandardCharsets.UTF_8));
    this.work =
        (execution, attempt) -> ExecutionReport.newBuilder().setState(ExecutionState.SUCCEEDED);
  }

  byte[] linkKey() {
    return linkKey;
  }

  byte[] auditKey() {
    return Ed25519.publicKey(auditSeed);
  }

  /** Decides how attempts end; a report that is still running never ends. */
  void work(BiFunction<String, Integer, ExecutionReport.Builder> how) {
    work = how;
  }

  boolean isOnline() {
    return online;
  }

  CommandMark mark() {
    return mark;
  }

  void connect() {
    online = true;
    welcomed = false;
    hello();
    resend();
  }

  /** A Hello may be lost like anything else; it is said again until it is answered. */
  private void hello() {
    DeviceHealth health =
        DeviceHealth.newBuilder()
            .setMemoryTotalBytes(4L << 30)
            .setMemoryAvailableBytes(2L << 30)
            .build();
    Hello.Builder hello = Hello.newBuilder().setStarts(1).setHealth(health).setConfig(config);
    Vocabulary.tools().forEach(tool -> hello.addTools(Vocabulary.toolNumber(tool)));
    say(event(0).setHello(hello));
  }

  void disconnect() {
    online = false;
  }

  /** Loses its store: what it had accepted and its numbers are gone. */
  void wipe(long newIncarnation) {
    incarnation = newIncarnation;
    mark = CommandMark.getDefaultInstance();
    config = ConfigReport.getDefaultInstance();
    lastSeq = 0;
    outbox.clear();
    executions.clear();
    waiting.clear();
  }

  /** Lets time pass: runs what waits, and resends. */
  void tick() {
    List<Lease> now = List.copyOf(waiting);
    waiting.clear();
    now.forEach(this::run);
    if (online && nowMs.getAsLong() - lastSendMs >= RESEND_MS) {
      if (welcomed) {
        say(event(0).setHeartbeat(Heartbeat.getDefaultInstance()));
      } else {
        hello();
      }
      resend();
    }
  }

  private void resend() {
    lastSendMs = nowMs.getAsLong();
    outbox.values().forEach(event -> say(event.toBuilder().setAcked(mark)));
    batches.values().forEach(this::send);
  }

  private DeviceEvent.Builder event(long seq) {
    return DeviceEvent.newBuilder()
        .setIncarnation(incarnation)
        .setSeq(seq)
        .setTimeMs(nowMs.getAsLong())
        .setAcked(mark);
  }

  private void say(DeviceEvent.Builder event) {
    if (online) {
      link.send(name, Topic.Channel.EVT, EventAuth.seal(linkKey, TENANT, name, event.build()));
    }
  }

  /** Sends a report, true or not, until it has a receipt. */
  void report(ExecutionReport.Builder report) {
    ExecutionReport full = report.build();
    executions.put(full.getExecution(), full);
    lastSeq++;
    DeviceEvent event = event(lastSeq).setReport(full).build();
    outbox.put(lastSeq, event);
    say(event.toBuilder());
  }

  void onCommand(byte[] payload) {
    if (!online) {
      return;
    }
    Command command = CommandAuth.open(hubKey, TENANT, name, payload);
    if (command.getHubEpoch() < mark.getHubEpoch()) {
      return;
    }
    if (command.getSeq() == 0) {
      loose(command);
      return;
    }
    long last = command.getHubEpoch() == mark.getHubEpoch() ? mark.getSeq() : 0;
    if (command.getSeq() == last + 1) {
      mark =
          CommandMark.newBuilder()
              .setHubEpoch(command.getHubEpoch())
              .setSeq(command.getSeq())
              .build();
      take(command);
    }
    say(event(0).setHeartbeat(Heartbeat.getDefaultInstance()));
  }

  private void loose(Command command) {
    switch (command.getBodyCase()) {
      case EVENT_RECEIPT -> receipt(command.getEventReceipt());
      case WELCOME -> {
        welcomed = true;
        receipt(command.getWelcome().getEvents());
      }
      case AUDIT_RECEIPT -> {
        AuditReceipt receipt = command.getAuditReceipt();
        if (receipt.getIncarnation() == incarnation) {
          batches.keySet().removeIf(batch -> batch < receipt.getNextBatch());
        }
      }
      case EVENT_REFUSAL -> refusals++;
      default -> {}
    }
  }

  private void receipt(EventReceipt receipt) {
    if (receipt.getIncarnation() == incarnation) {
      outbox.headMap(receipt.getSeq(), true).clear();
    }
  }

  private void take(Command command) {
    if (command.hasLease()) {
      Lease lease = command.getLease();
      ExecutionReport known = executions.get(lease.getExecution());
      if (known != null && known.getAttempt() >= lease.getAttempt()) {
        return;
      }
      ExecutionReport.Builder report =
          ExecutionReport.newBuilder()
              .setExecution(lease.getExecution())
              .setAttempt(lease.getAttempt());
      if (lease.getExpiresMs() <= nowMs.getAsLong()) {
        report(report.setState(ExecutionState.REJECTED).setError(ErrorCode.LEASE_EXPIRED.number()));
        return;
      }
      report(report.setState(ExecutionState.ACCEPTED));
      waiting.add(lease);
    } else if (command.hasRevocation()) {
      revoke(command);
    } else if (command.hasConfig()) {
      keep(command.getConfig());
    }
  }

  /** Takes every key that is desired, and says so. */
  private void keep(ConfigCommand desired) {
    ConfigReport.Builder report =
        ConfigReport.newBuilder()
            .setVersion(desired.getVersion())
            .setSha256(DesiredConfig.sha256(desired.getValuesMap()));
    desired.getValuesMap().forEach((k, v) -> report.addStates(ConfigKeyState.CONFIG_APPLIED));
    config = report.build();
    hello();
  }

  ConfigReport config() {
    return config;
  }

  private void revoke(Command command) {
    String execution = command.getRevocation().getExecution();
    ExecutionReport known = executions.get(execution);
    boolean started = waiting.stream().noneMatch(l -> l.getExecution().equals(execution));
    boolean open =
        known != null
            && (known.getState() == ExecutionState.ACCEPTED
                || known.getState() == ExecutionState.RUNNING);
    if (open && (!started || command.getRevocation().getStopRunning())) {
      waiting.removeIf(lease -> lease.getExecution().equals(execution));
      report(known.toBuilder().setState(ExecutionState.CANCELLED));
    }
  }

  private void run(Lease lease) {
    String id = lease.getExecution() + "#" + lease.getAttempt();
    starts.merge(id, 1, Integer::sum);
    ExecutionReport.Builder report =
        ExecutionReport.newBuilder()
            .setExecution(lease.getExecution())
            .setAttempt(lease.getAttempt());
    report(report.clone().setState(ExecutionState.RUNNING));
    ExecutionReport.Builder end = work.apply(lease.getExecution(), lease.getAttempt());
    if (end.getState() != ExecutionState.RUNNING) {
      report(end.setExecution(lease.getExecution()).setAttempt(lease.getAttempt()));
    }
  }

  /** Makes an audit batch with one record and sends it until it has a receipt. */
  void audit() {
    BatchStatement statement =
        BatchStatement.newBuilder()
            .setTenant(TENANT)
            .setDevice(name)
            .setIncarnation(incarnation)
            .setBatch(nextBatch)
            .setFirstSeq(nextRecord)
            .addCommitments(ByteString.copyFrom(Hashes.sha256(new byte[] {(byte) nextRecord})))
            .setPreviousSha256(previousBatch)
            .setTimeMs(nowMs.getAsLong())
            .addCounts(RecordCount.newBuilder().setKind(RecordKind.TOOL_CALLED).setCount(1))
            .build();
    AuditUpload upload = AuditAuth.sign(auditSeed, statement);
    batches.put(nextBatch, upload);
    previousBatch = ByteString.copyFrom(Hashes.sha256(upload.getStatement().toByteArray()));
    nextBatch++;
    nextRecord++;
    send(upload);
  }

  /** Loses what it kept to send again, as a device with a broken store does. */
  void loseAuditBatches() {
    batches.clear();
  }

  long auditBatchesWaiting() {
    return batches.size();
  }

  private void send(AuditUpload upload) {
    if (online) {
      link.send(name, Topic.Channel.AUDIT, upload.toByteArray());
    }
  }
}
