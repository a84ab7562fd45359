package dev.drover.hub.link;

import com.hivemq.extension.sdk.api.events.client.ClientLifecycleEventListener;
import com.hivemq.extension.sdk.api.events.client.parameters.AuthenticationSuccessfulInput;
import com.hivemq.extension.sdk.api.events.client.parameters.ClientInitiatedDisconnectInput;
import com.hivemq.extension.sdk.api.events.client.parameters.ConnectionStartInput;
import com.hivemq.extension.sdk.api.events.client.parameters.DisconnectEventInput;
import com.hivemq.extension.sdk.api.packets.general.DisconnectedReasonCode;
import com.hivemq.extension.sdk.api.services.session.ClientService;
import dev.drover.wire.Identity;
import dev.drover.wire.Topic;

/**
 * Sees connections come and go: gives the hub the last will of a device that was lost (the broker
 * itself would only send it to subscribers), and cuts off who was revoked while connecting.
 */
final class HiveLifecycle implements ClientLifecycleEventListener {
  private static final String COUNTED = "drover-counted";

  private final String tenant;
  private final Inbound inbound;
  private final HiveAuthenticator authenticator;
  private final ClientService clients;
  private final ConnectionCount connections;

  HiveLifecycle(
      String tenant,
      Inbound inbound,
      HiveAuthenticator authenticator,
      ClientService clients,
      ConnectionCount connections) {
    this.tenant = tenant;
    this.inbound = inbound;
    this.authenticator = authenticator;
    this.clients = clients;
    this.connections = connections;
  }

  @Override
  public void onMqttConnectionStart(ConnectionStartInput input) {
    // Nothing is known about the client yet.
  }

  @Override
  public void onAuthenticationSuccessful(AuthenticationSuccessfulInput input) {
    connections.connected();
    input.getConnectionInformation().getConnectionAttributeStore().putAsString(COUNTED, COUNTED);
    String clientId = input.getClientInformation().getClientId();
    if (!authenticator.mayConnect(input.getConnectionInformation(), clientId)) {
      var cut = clients.disconnectClient(clientId);
      cut.exceptionally(gone -> false);
    }
  }

  @Override
  public void onClientInitiatedDisconnect(ClientInitiatedDisconnectInput input) {
    if (input.getReasonCode().orElse(DisconnectedReasonCode.NORMAL_DISCONNECTION)
        == DisconnectedReasonCode.NORMAL_DISCONNECTION) {
      HiveAuthenticator.takeWill(input.getConnectionInformation());
    }
    onDisconnect(input);
  }

  @Override
  public void onDisconnect(DisconnectEventInput input) {
    boolean counted =
        input.getConnectionInformation().getConnectionAttributeStore().remove(COUNTED).isPresent();
    if (!counted) {
      return;
    }
    connections.disconnected();
    Identity.ofCommonName(tenant, input.getClientInformation().getClientId())
        .filter(identity -> identity.role() == Identity.Role.DEVICE)
        .ifPresent(
            identity ->
                HiveAuthenticator.takeWill(input.getConnectionInformation())
                    .ifPresent(will -> deliver(identity, will)));
  }

  private void deliver(Identity identity, byte[] will) {
    var delivered = inbound.accept(identity.name(), Topic.Channel.PRESENCE, will);
    delivered.exceptionally(counted -> null);
  }
}
