package dev.drover.hub.fleet;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.crypto.Sha256;
import dev.drover.envelope.AuditAuth;
import dev.drover.envelope.EventAuth;
import dev.drover.hub.core.AuditRows;
import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.core.DeviceRows;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.AuditInbound;
import dev.drover.hub.v1.Credentials;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.DeviceRow;
import dev.drover.hub.v1.Inbound;
import dev.drover.hub.v1.PresenceSeen;
import dev.drover.hub.v1.Untaken;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.Presence;
import dev.drover.wire.DroverException;
import dev.drover.wire.EgressGuard;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what devices send: checks size, MAC or signature and egress classes, and hands it to the
 * machines. The content is trusted only after that; what is refused is counted by its code.
 * Thread-safe; checks run on the caller's thread and take some tens of microseconds.
 */
final class DeviceIntake implements BrokerLink.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceIntake.class);
  private static final int PRESENCE_BYTES_MAX = 64;

  private final Machines machines;
  private final byte[] linkSecret;
  private final ChunkWants wants;
  private final Runnable connected;
  private final Consumer<String> changed;
  private final LongAdder accepted = new LongAdder();
  private final Map<ErrorCode, LongAdder> refused = new ConcurrentHashMap<>();

  /** Makes the intake; it names each device that told something of itself, once it is durable. */
  DeviceIntake(
      Machines machines,
      byte[] linkSecret,
      ChunkWants wants,
      Runnable connected,
      Consumer<String> changed) {
    this.machines = machines;
    this.linkSecret = linkSecret.clone();
    this.wants = wants;
    this.connected = connected;
    this.changed = changed;
  }

  @Override
  public void onConnected() {
    connected.run();
  }

  @Override
  public CompletionStage<Void> onDeviceMessage(
      String device, Topic.Channel channel, byte[] payload) {
    return Machines.staged(() -> take(device, channel, payload))
        .whenComplete((done, failure) -> count(device, channel, failure));
  }

  /** Returns how many messages were accepted since the start. */
  long accepted() {
    return accepted.sum();
  }

  /** Returns how many messages were refused since the start, by code. */
  Map<ErrorCode, Long> refused() {
    Map<ErrorCode, Long> counts = new ConcurrentHashMap<>();
    refused.forEach((code, count) -> counts.put(code, count.sum()));
    return counts;
  }

  private CompletionStage<Void> take(String device, Topic.Channel channel, byte[] payload) {
    try {
      return switch (channel) {
        case EVT -> event(device, payload);
        case AUDIT -> audit(device, payload);
        case PRESENCE -> presence(device, payload);
        case CMD ->
            throw new DroverException(
                ErrorCode.PERMISSION_DENIED, "A device does not send commands.");
      };
    } catch (InvalidProtocolBufferException malformed) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "A device's message does not parse.", malformed);
    } catch (DroverException refused) {
      // Refused for what it holds only after it was proved whose it is, but for presence.
      if (refused.code() == ErrorCode.EGRESS_REFUSED && channel != Topic.Channel.PRESENCE) {
        Untaken untaken = Untaken.newBuilder().setError(refused.code().number()).build();
        var unused = machines.device(device, DeviceEnvelope.newBuilder().setUntaken(untaken));
      }
      throw refused;
    }
  }

  private CompletionStage<Void> event(String device, byte[] payload) {
    DeviceRow row = enrolled(device);
    DeviceEvent event = open(device, row.getCredentials(), payload);
    if (event.hasWant()) {
      for (ByteString sha256 : event.getWant().getSha256List()) {
        wants.want(Sha256.fromBytes(sha256.toByteArray()), event.getWant().getAhead());
      }
      return CompletableFuture.completedFuture(null);
    }
    Inbound.Builder inbound = Inbound.newBuilder().setEvent(event);
    if (event.hasHello()) {
      inbound.setNextBatch(
          machines
              .readAudit(rows -> AuditRows.chain(rows, device, event.getIncarnation()))
              .getNextBatch());
    }
    boolean tells = event.hasHello() || event.hasHeartbeat() || event.getReport().hasInstalled();
    return machines
        .device(device, DeviceEnvelope.newBuilder().setInbound(inbound))
        .thenAccept(
            done -> {
              if (tells) {
                changed.accept(device);
              }
            });
  }

  /** Right after a renewal events may still be sealed under the key of the certificate before. */
  private DeviceEvent open(String device, Credentials credentials, byte[] payload) {
    try {
      return open(device, credentials.getSerial(), payload);
    } catch (DroverException refusal) {
      boolean renewed = !credentials.getPreviousSerial().isEmpty();
      if (refusal.code() == ErrorCode.SIGNATURE_INVALID && renewed) {
        return open(device, credentials.getPreviousSerial(), payload);
      }
      throw refusal;
    }
  }

  private DeviceEvent open(String device, String serial, byte[] payload) {
    byte[] key = EventAuth.linkKey(linkSecret, machines.tenant(), device, serial);
    return EventAuth.open(key, machines.tenant(), device, payload);
  }

  private CompletionStage<Void> audit(String device, byte[] payload)
      throws InvalidProtocolBufferException {
    DeviceRow row = enrolled(device);
    Limits.check("The audit batch", payload.length, Limits.AUDIT_LEAF_BYTES_MAX);
    AuditUpload upload = AuditUpload.parseFrom(payload);
    AuditAuth.check(row.getCredentials().getAuditKey().toByteArray(), upload);
    AuditInbound inbound =
        AuditInbound.newBuilder()
            .setUpload(upload.toByteString())
            .setDevice(device)
            .setHubEpoch(row.getHubEpoch())
            .build();
    return machines.audit(AuditEnvelope.newBuilder().setInbound(inbound)).thenAccept(done -> {});
  }

  private CompletionStage<Void> presence(String device, byte[] payload)
      throws InvalidProtocolBufferException {
    if (payload.length == 0) {
      return CompletableFuture.completedFuture(null);
    }
    Limits.check("The presence message", payload.length, PRESENCE_BYTES_MAX);
    Presence presence = Presence.parseFrom(payload);
    EgressGuard.checkReceived(presence);
    PresenceSeen seen =
        PresenceSeen.newBuilder()
            .setOnline(presence.getOnline())
            .setIncarnation(presence.getIncarnation())
            .build();
    return machines
        .device(device, DeviceEnvelope.newBuilder().setPresence(seen))
        .thenAccept(done -> {});
  }

  private DeviceRow enrolled(String device) {
    DeviceRow row =
        machines
            .readDevice(device, DeviceRows::row)
            .filter(DeviceRow::hasCredentials)
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.UNAUTHENTICATED, "A message came from a stranger."));
    if (row.getRevokedMs() >= row.getEnrolledMs()) {
      throw new DroverException(ErrorCode.CERTIFICATE_REVOKED, "A revoked device sent a message.");
    }
    return row;
  }

  private void count(String device, Topic.Channel channel, @Nullable Throwable failure) {
    if (failure == null) {
      accepted.increment();
      return;
    }
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    ErrorCode code = cause instanceof DroverException refusal ? refusal.code() : ErrorCode.INTERNAL;
    LongAdder adder = refused.computeIfAbsent(code, unused -> new LongAdder());
    adder.increment();
    // The first, second, fourth, eighth … of a kind: a flood does not fill the log.
    if (Long.bitCount(adder.sum()) == 1) {
      LOG.atWarn()
          .addKeyValue("device", device)
          .addKeyValue("channel", channel.word())
          .addKeyValue("code", code)
          .addKeyValue("count", adder.sum())
          .addKeyValue("reason", cause.getMessage())
          .log("Refused what a device sent");
    }
  }
}
