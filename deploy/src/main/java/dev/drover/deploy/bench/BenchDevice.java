package dev.drover.deploy.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.hivemq.client.mqtt.MqttClientExecutorConfig;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.link.LinkConfig;
import dev.drover.crypto.TlsMaterial;
import dev.drover.envelope.EventAuth;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.ChunkWant;
import dev.drover.v1.Command;
import dev.drover.v1.CommandEnvelope;
import dev.drover.v1.CommandMark;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.EventReceipt;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.Hello;
import dev.drover.v1.Lease;
import dev.drover.wire.Backoff;
import dev.drover.wire.Identity;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import dev.drover.wire.Vocabulary;
import java.net.URI;
import java.time.Clock;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A simulated device: a real identity and a real MQTT connection over mutual TLS, the real
 * protocol, and no disk and no work. It does not check signatures: on one machine its processor
 * time would be taken from the hub that is measured. All devices of a process share one event loop.
 * Thread-safe.
 */
final class BenchDevice implements AutoCloseable {
  private static final int CLOSE_SECONDS = 5;
  private static final int REPORTS = 3;
  private static final int MAC_BYTES = 38;
  private static final LinkConfig.Timing TIMING = LinkConfig.Timing.DEFAULT;
  private static final long MEMORY = 4L << 30;

  private final DeviceIdentity identity;
  private final Clock clock;
  private final Consumer<Command> seen;
  private final Topics topics;
  private final Mqtt5AsyncClient client;
  private final Backoff backoff =
      new Backoff(TIMING.retryFirst(), TIMING.retryMax(), new SplittableRandom());
  private final TreeMap<Long, DeviceEvent> outbox = new TreeMap<>();
  private CommandMark mark = CommandMark.getDefaultInstance();
  private long lastSeq;
  private boolean welcomed;
  private boolean wanted;
  private int leaseBytes;
  private int reportBytes;
  private int receiptBytes;
  private volatile @Nullable Consumer<byte[]> raw;

  /** Bytes of the messages of one execution. */
  record Sizes(int leaseBytes, int reportBytes, int receiptBytes) {}

  /**
   * Makes a device that is not connected.
   *
   * @param seen told of every command when it arrives
   */
  BenchDevice(DeviceIdentity identity, Clock clock, Consumer<Command> seen) {
    this.identity = identity;
    this.clock = clock;
    this.seen = seen;
    this.topics = new Topics(identity.tenant());
    URI broker = URI.create(identity.brokers().get(0));
    TlsMaterial tls = identity.control();
    this.client =
        Mqtt5Client.builder()
            .identifier(Identity.device(identity.tenant(), identity.device()).commonName())
            .serverHost(broker.getHost())
            .serverPort(broker.getPort())
            .executorConfig(MqttClientExecutorConfig.builder().nettyThreads(1).build())
            .sslConfig(
                MqttClientSslConfig.builder()
                    .keyManagerFactory(tls.keyManagers())
                    .trustManagerFactory(tls.trustManagers(clock.instant()))
                    .protocols(TlsMaterial.PROTOCOLS)
                    .handshakeTimeout(TIMING.connect().toSeconds(), TimeUnit.SECONDS)
                    .build())
            .buildAsync();
  }

  DeviceIdentity identity() {
    return identity;
  }

  /** Connects, subscribes and says Hello; {@link #isWelcomed} tells when the hub answered. */
  CompletableFuture<Void> connect() {
    return connectOnly()
        .thenCompose(
            connected -> {
              // The client forgets who listens when a session ends.
              client.publishes(MqttGlobalPublishFilter.ALL, this::received);
              return client
                  .subscribeWith()
                  .topicFilter(topics.cmd(identity.device()))
                  .qos(MqttQos.AT_LEAST_ONCE)
                  .send();
            })
        .thenAccept(subscribed -> hello());
  }

  /** Connects and does nothing else; where that fails, it tries again as an agent does. */
  CompletableFuture<?> connectOnly() {
    synchronized (this) {
      welcomed = false;
      wanted = true;
    }
    return attempt();
  }

  private CompletableFuture<Object> attempt() {
    return client
        .connectWith()
        .cleanStart(true)
        .send()
        .<Object>thenApply(connected -> connected)
        .exceptionallyCompose(this::later);
  }

  private synchronized CompletableFuture<Object> later(Throwable failure) {
    if (!wanted) {
      return CompletableFuture.failedFuture(failure);
    }
    Executor afterwards =
        CompletableFuture.delayedExecutor(backoff.next().toMillis(), TimeUnit.MILLISECONDS);
    return CompletableFuture.runAsync(() -> {}, afterwards).thenCompose(waited -> attempt());
  }

  synchronized boolean isWelcomed() {
    return welcomed;
  }

  private void hello() {
    DeviceHealth health =
        DeviceHealth.newBuilder()
            .setMemoryTotalBytes(MEMORY)
            .setMemoryAvailableBytes(MEMORY)
            .build();
    Hello.Builder hello = Hello.newBuilder().setStarts(1).setHealth(health);
    Vocabulary.tools().forEach(tool -> hello.addTools(Vocabulary.toolNumber(tool)));
    var unused = say(event(0).setHello(hello).build());
  }

  /** Says that it is alive; completes when the broker has it. */
  CompletableFuture<?> heartbeat() {
    return say(event(0).setHeartbeat(Heartbeat.getDefaultInstance()).build());
  }

  /** Says again what has no receipt, or Hello if nobody answered. */
  synchronized void again() {
    if (!welcomed) {
      hello();
    }
    for (DeviceEvent event : outbox.values()) {
      var unused = say(event.toBuilder().setAcked(mark).build());
    }
  }

  CompletableFuture<?> audit(AuditUpload upload) {
    return publish(Topic.Channel.AUDIT, upload.toByteArray());
  }

  private synchronized DeviceEvent.Builder event(long seq) {
    return DeviceEvent.newBuilder()
        .setIncarnation(identity.incarnation())
        .setSeq(seq)
        .setTimeMs(clock.millis())
        .setAcked(mark);
  }

  private CompletableFuture<?> say(DeviceEvent event) {
    byte[] sealed = EventAuth.seal(identity.linkKey(), identity.tenant(), identity.device(), event);
    return publish(Topic.Channel.EVT, sealed);
  }

  private CompletableFuture<?> publish(Topic.Channel channel, byte[] payload) {
    return client
        .publishWith()
        .topic(topics.device(identity.device(), channel))
        .qos(MqttQos.AT_LEAST_ONCE)
        .payload(payload)
        .send();
  }

  /** Gives what arrives from now on to somebody else, as it is. */
  void raw(Consumer<byte[]> taker) {
    raw = taker;
  }

  /** Publishes bytes of no meaning where events go. */
  void publishRaw(byte[] payload) {
    var unused = publish(Topic.Channel.EVT, payload);
  }

  /** Returns how large the last messages of an execution were. */
  synchronized Sizes sizes() {
    return new Sizes(leaseBytes, reportBytes, receiptBytes);
  }

  private void received(Mqtt5Publish publish) {
    byte[] payload = publish.getPayloadAsBytes();
    Consumer<byte[]> taker = raw;
    if (taker != null) {
      taker.accept(payload);
      return;
    }
    try {
      CommandEnvelope envelope = CommandEnvelope.parseFrom(payload);
      Command command = Command.parseFrom(envelope.getCommand());
      size(command, payload.length);
      seen.accept(command);
      take(command);
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalStateException("The hub sent what is not a command.", broken);
    }
  }

  private synchronized void size(Command command, int bytes) {
    if (command.hasLease()) {
      leaseBytes = bytes;
    } else if (command.hasEventReceipt()) {
      receiptBytes = bytes;
    }
  }

  private synchronized void take(Command command) {
    if (command.getSeq() == 0) {
      if (command.hasWelcome()) {
        welcomed = true;
        receipt(command.getWelcome().getEvents());
      } else if (command.hasEventReceipt()) {
        receipt(command.getEventReceipt());
      }
      return;
    }
    long last = command.getHubEpoch() == mark.getHubEpoch() ? mark.getSeq() : 0;
    if (command.getSeq() == last + 1) {
      mark =
          CommandMark.newBuilder()
              .setHubEpoch(command.getHubEpoch())
              .setSeq(command.getSeq())
              .build();
      if (command.hasLease()) {
        run(command.getLease());
        return;
      }
    }
    var unused = heartbeat();
  }

  private void receipt(EventReceipt receipt) {
    if (receipt.getIncarnation() == identity.incarnation()) {
      outbox.headMap(receipt.getSeq(), true).clear();
    }
  }

  /** Three reports with a number each; they travel together, as an agent sends a quick tool's. */
  private void run(Lease lease) {
    DeviceEvent event =
        event(lastSeq + 1)
            .setReport(report(lease, ExecutionState.ACCEPTED))
            .addMore(report(lease, ExecutionState.RUNNING))
            .addMore(report(lease, ExecutionState.SUCCEEDED))
            .build();
    lastSeq += REPORTS;
    outbox.put(lastSeq, event);
    reportBytes = event.getSerializedSize() + MAC_BYTES;
    var unused = say(event);
  }

  private static ExecutionReport report(Lease lease, ExecutionState state) {
    return ExecutionReport.newBuilder()
        .setExecution(lease.getExecution())
        .setAttempt(lease.getAttempt())
        .setState(state)
        .build();
  }

  /** Asks for chunks, 64 at most, that may be on the broker or, if not ahead, are not. */
  void want(Iterable<ByteString> sha256s, boolean ahead) {
    var want = ChunkWant.newBuilder().addAllSha256(sha256s).setAhead(ahead);
    var unused = say(event(0).setWant(want).build());
  }

  @Override
  public void close() {
    synchronized (this) {
      wanted = false;
    }
    var unused =
        client
            .disconnect()
            .orTimeout(CLOSE_SECONDS, TimeUnit.SECONDS)
            .exceptionally(gone -> null)
            .join();
  }
}
