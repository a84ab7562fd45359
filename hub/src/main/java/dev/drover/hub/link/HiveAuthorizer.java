package dev.drover.hub.link;

import com.hivemq.extension.sdk.api.auth.PublishAuthorizer;
import com.hivemq.extension.sdk.api.auth.SubscriptionAuthorizer;
import com.hivemq.extension.sdk.api.auth.parameter.PublishAuthorizerInput;
import com.hivemq.extension.sdk.api.auth.parameter.PublishAuthorizerOutput;
import com.hivemq.extension.sdk.api.auth.parameter.SubscriptionAuthorizerInput;
import com.hivemq.extension.sdk.api.auth.parameter.SubscriptionAuthorizerOutput;
import com.hivemq.extension.sdk.api.packets.publish.AckReasonCode;
import com.hivemq.extension.sdk.api.packets.publish.PublishPacket;
import com.hivemq.extension.sdk.api.packets.subscribe.SubackReasonCode;
import dev.drover.wire.Acl;
import dev.drover.wire.Identity;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;

/**
 * Asks {@link Acl} for each subscription and each last will; other publishes have met {@link
 * HiveInterceptor} before. The client id is the certificate's name by {@link HiveAuthenticator}.
 */
final class HiveAuthorizer implements PublishAuthorizer, SubscriptionAuthorizer {
  private final String tenant;
  private final HiveDelivery delivery;

  HiveAuthorizer(String tenant, HiveDelivery delivery) {
    this.tenant = tenant;
    this.delivery = delivery;
  }

  @Override
  public void authorizePublish(PublishAuthorizerInput input, PublishAuthorizerOutput output) {
    if (mayPublish(tenant, input.getClientInformation().getClientId(), input.getPublishPacket())) {
      output.authorizeSuccessfully();
    } else {
      output.failAuthorization(AckReasonCode.NOT_AUTHORIZED);
    }
  }

  @Override
  public void authorizeSubscribe(
      SubscriptionAuthorizerInput input, SubscriptionAuthorizerOutput output) {
    String filter = input.getSubscription().getTopicFilter();
    boolean may =
        Identity.ofCommonName(tenant, input.getClientInformation().getClientId())
            .filter(identity -> Acl.maySubscribe(identity, filter))
            .isPresent();
    if (may) {
      output.authorizeSuccessfully();
      boolean commands =
          Topics.parse(filter).orElse(null) instanceof Topic.OfDevice own
              && own.channel() == Topic.Channel.CMD;
      if (commands) {
        delivery.subscribed(input.getClientInformation().getClientId());
      }
    } else {
      output.failAuthorization(SubackReasonCode.NOT_AUTHORIZED);
    }
  }

  static boolean mayPublish(String tenant, String clientId, PublishPacket packet) {
    return Identity.ofCommonName(tenant, clientId)
        .filter(
            identity ->
                Acl.mayPublish(
                    identity,
                    packet.getTopic(),
                    packet.getRetain(),
                    packet.getQos().getQosNumber()))
        .isPresent();
  }
}
