package dev.drover.hub.link;

import com.hivemq.extension.sdk.api.async.Async;
import com.hivemq.extension.sdk.api.async.TimeoutFallback;
import com.hivemq.extension.sdk.api.interceptor.publish.PublishInboundInterceptor;
import com.hivemq.extension.sdk.api.interceptor.publish.parameter.PublishInboundInput;
import com.hivemq.extension.sdk.api.interceptor.publish.parameter.PublishInboundOutput;
import com.hivemq.extension.sdk.api.packets.publish.AckReasonCode;
import com.hivemq.extension.sdk.api.packets.publish.PublishPacket;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * Takes what devices publish out of the broker and gives it to the hub.
 *
 * <p>HiveMQ calls interceptors before authorizers, so the access rules are asked here. The
 * acknowledgement waits for the hub and carries its answer, and HiveMQ gives the next message of a
 * client only then: with the receive maximum that is back-pressure. Nothing a device sends is
 * stored or routed by the broker. Thread-safe.
 */
final class HiveInterceptor implements PublishInboundInterceptor {
  private static final Duration NEVER = Duration.ofHours(1);

  private final String tenant;
  private final Inbound inbound;

  HiveInterceptor(String tenant, Inbound inbound) {
    this.tenant = tenant;
    this.inbound = inbound;
  }

  @Override
  public void onInboundPublish(PublishInboundInput input, PublishInboundOutput output) {
    PublishPacket packet = input.getPublishPacket();
    Optional<Topic> topic = Topics.parse(packet.getTopic());
    if (!HiveAuthorizer.mayPublish(tenant, input.getClientInformation().getClientId(), packet)
        || !(topic.orElse(null) instanceof Topic.OfDevice own)) {
      inbound.countRefused();
      output.preventPublishDelivery(AckReasonCode.NOT_AUTHORIZED);
      return;
    }
    // The deadline is the Inbound's; this one only must not come before it.
    Async<PublishInboundOutput> async =
        output.async(NEVER, TimeoutFallback.FAILURE, AckReasonCode.UNSPECIFIED_ERROR);
    var unused =
        inbound
            .accept(own.device(), own.channel(), bytes(packet.getPayload()))
            .whenComplete(
                (done, failure) -> {
                  output.preventPublishDelivery(
                      failure == null ? AckReasonCode.SUCCESS : reason(failure));
                  async.resume();
                });
  }

  private static byte[] bytes(Optional<ByteBuffer> payload) {
    byte[] bytes = new byte[payload.map(ByteBuffer::remaining).orElse(0)];
    payload.ifPresent(buffer -> buffer.duplicate().get(bytes));
    return bytes;
  }

  private static AckReasonCode reason(Throwable failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    ErrorCode code =
        failure instanceof DroverException e
            ? e.code()
            : cause instanceof DroverException e ? e.code() : ErrorCode.INTERNAL;
    return switch (code.kind()) {
      case RESOURCE, TIME -> AckReasonCode.QUOTA_EXCEEDED;
      case DENIED, TRUST -> AckReasonCode.NOT_AUTHORIZED;
      case INPUT -> AckReasonCode.PAYLOAD_FORMAT_INVALID;
      case MISSING, STATE -> AckReasonCode.IMPLEMENTATION_SPECIFIC_ERROR;
    };
  }
}
