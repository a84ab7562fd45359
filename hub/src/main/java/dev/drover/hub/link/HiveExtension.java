package dev.drover.hub.link;

import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.client.parameter.Listener;
import com.hivemq.extension.sdk.api.client.parameter.ServerInformation;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartOutput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopOutput;
import com.hivemq.extension.sdk.api.services.Services;
import com.hivemq.extension.sdk.api.services.publish.PublishService;
import com.hivemq.extension.sdk.api.services.session.ClientService;
import dev.drover.hub.core.Revocations;
import java.util.concurrent.CompletableFuture;

/** Drover's place inside the embedded HiveMQ: who may connect, what may pass, and both ways. */
final class HiveExtension implements ExtensionMain {
  /** What the broker offers to the hub; only valid while it runs. */
  record Broker(
      PublishService publishes,
      ClientService clients,
      ServerInformation server,
      HiveDelivery delivery) {
    /** Returns the port that is bound; there is one listener. */
    int port() {
      return server.getListener().stream().mapToInt(Listener::getPort).max().orElse(0);
    }
  }

  private final String tenant;
  private final Revocations revocations;
  private final Inbound inbound;
  private final HiveDelivery delivery;
  private final CompletableFuture<Broker> broker = new CompletableFuture<>();
  private final ConnectionCount connections;

  HiveExtension(
      String tenant,
      int connectionsMax,
      Revocations revocations,
      Inbound inbound,
      HiveDelivery delivery) {
    this.connections = new ConnectionCount(connectionsMax);
    this.tenant = tenant;
    this.revocations = revocations;
    this.inbound = inbound;
    this.delivery = delivery;
  }

  /** Completes when the extension guards the broker; until then nobody may use it. */
  CompletableFuture<Broker> broker() {
    return broker;
  }

  int clientsConnected() {
    return connections.now();
  }

  @Override
  public void extensionStart(ExtensionStartInput input, ExtensionStartOutput output) {
    ClientService clients = Services.clientService();
    HiveAuthenticator authenticator = new HiveAuthenticator(tenant, revocations);
    HiveAuthorizer authorizer = new HiveAuthorizer(tenant, delivery);
    HiveInterceptor interceptor = new HiveInterceptor(tenant, inbound);
    Services.securityRegistry().setAuthenticatorProvider(provider -> authenticator);
    Services.securityRegistry().setAuthorizerProvider(provider -> authorizer);
    Services.initializerRegistry()
        .setClientInitializer(
            (initializer, context) -> context.addPublishInboundInterceptor(interceptor));
    Services.eventRegistry()
        .setClientLifecycleEventListener(
            provider -> new HiveLifecycle(tenant, inbound, authenticator, clients, connections));
    broker.complete(
        new Broker(Services.publishService(), clients, input.getServerInformation(), delivery));
  }

  @Override
  public void extensionStop(ExtensionStopInput input, ExtensionStopOutput output) {
    // Everything registered goes with the broker.
  }
}
