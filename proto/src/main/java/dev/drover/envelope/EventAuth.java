package dev.drover.envelope;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.crypto.Hashes;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.EventEnvelope;
import dev.drover.wire.DroverException;
import dev.drover.wire.EgressGuard;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Seals and opens what a device says to the hub.
 *
 * <p>The MAC is HMAC-SHA-256 under the device's link key over a domain, tenant, device and the
 * event's bytes, each part closed by a zero byte or last. A MAC and not a signature, because the
 * hub checks thousands a second and proves nothing to others with them
 * (docs/adr/0004-event-macs.md). Thread-safe.
 */
public final class EventAuth {
  private static final byte[] DOMAIN = "drover/v1 event\0".getBytes(StandardCharsets.UTF_8);
  private static final byte[] KEY_DOMAIN = "drover/v1 link-key\0".getBytes(StandardCharsets.UTF_8);

  private EventAuth() {}

  /**
   * Derives the link key of a device from the hub's secret, so that the hub stores none.
   *
   * @param secret of the hub, at least 32 random bytes
   * @param serial of the device's control certificate, in lower-case hexadecimal
   */
  public static byte[] linkKey(byte[] secret, String tenant, String device, String serial) {
    return Hashes.hmacSha256(secret, KEY_DOMAIN, text(tenant), text(device), text(serial));
  }

  /**
   * Checks an event against its egress classes and seals it.
   *
   * @throws DroverException with {@link ErrorCode#EGRESS_REFUSED} or {@link
   *     ErrorCode#LIMIT_EXCEEDED}
   */
  public static byte[] seal(byte[] linkKey, String tenant, String device, DeviceEvent event) {
    EgressGuard.check(event);
    ByteString bytes = event.toByteString();
    Limits.check("The event's size", bytes.size(), Limits.EVENT_BYTES_MAX);
    return EventEnvelope.newBuilder()
        .setEvent(bytes)
        .setMac(ByteString.copyFrom(mac(linkKey, tenant, device, bytes.toByteArray())))
        .build()
        .toByteArray();
  }

  /**
   * Opens what came on a device's event topic.
   *
   * @param device whose topic it was
   * @throws DroverException with {@link ErrorCode#LIMIT_EXCEEDED}, {@link
   *     ErrorCode#MESSAGE_MALFORMED}, {@link ErrorCode#SIGNATURE_INVALID} or {@link
   *     ErrorCode#EGRESS_REFUSED}
   */
  public static DeviceEvent open(byte[] linkKey, String tenant, String device, byte[] payload) {
    Limits.check("The event's size", payload.length, Limits.EVENT_BYTES_MAX + 64);
    try {
      EventEnvelope envelope = EventEnvelope.parseFrom(payload);
      byte[] expected = mac(linkKey, tenant, device, envelope.getEvent().toByteArray());
      if (!MessageDigest.isEqual(expected, envelope.getMac().toByteArray())) {
        throw new DroverException(ErrorCode.SIGNATURE_INVALID, "An event's MAC is wrong.");
      }
      EgressGuard.checkReceived(envelope);
      return DeviceEvent.parseFrom(envelope.getEvent());
    } catch (InvalidProtocolBufferException broken) {
      throw new DroverException(ErrorCode.MESSAGE_MALFORMED, "An event does not parse.", broken);
    }
  }

  private static byte[] mac(byte[] linkKey, String tenant, String device, byte[] event) {
    return Hashes.hmacSha256(linkKey, DOMAIN, text(tenant), text(device), event);
  }

  private static byte[] text(String part) {
    return (part + '\0').getBytes(StandardCharsets.UTF_8);
  }
}
