package dev.drover.hub.link;

import com.hivemq.extension.sdk.api.auth.SimpleAuthenticator;
import com.hivemq.extension.sdk.api.auth.parameter.SimpleAuthInput;
import com.hivemq.extension.sdk.api.auth.parameter.SimpleAuthOutput;
import com.hivemq.extension.sdk.api.client.parameter.ClientTlsInformation;
import com.hivemq.extension.sdk.api.client.parameter.ConnectionInformation;
import com.hivemq.extension.sdk.api.packets.connect.ConnackReasonCode;
import com.hivemq.extension.sdk.api.packets.connect.ConnectPacket;
import com.hivemq.extension.sdk.api.packets.connect.WillPublishPacket;
import com.hivemq.extension.sdk.api.packets.general.MqttVersion;
import dev.drover.crypto.Certificates;
import dev.drover.hub.core.Revocations;
import dev.drover.wire.Identity;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * Lets devices in under the name in their certificate and nobody else. Thread-safe.
 *
 * <p>TLS has checked by then that the hub's CA issued the certificate. The last will is kept with
 * the connection for {@link HiveLifecycle}.
 */
final class HiveAuthenticator implements SimpleAuthenticator {
  /** Largest last will, in bytes. */
  static final int WILL_BYTES_MAX = 1024;

  private static final String WILL = "drover-will";

  private final String tenant;
  private final Revocations revocations;

  HiveAuthenticator(String tenant, Revocations revocations) {
    this.tenant = tenant;
    this.revocations = revocations;
  }

  @Override
  public void onConnect(SimpleAuthInput input, SimpleAuthOutput output) {
    ConnectPacket connect = input.getConnectPacket();
    if (connect.getMqttVersion() != MqttVersion.V_5) {
      output.failAuthentication(ConnackReasonCode.UNSUPPORTED_PROTOCOL_VERSION);
      return;
    }
    if (!mayConnect(input.getConnectionInformation(), connect.getClientId())) {
      output.failAuthentication(ConnackReasonCode.NOT_AUTHORIZED);
      return;
    }
    Optional<WillPublishPacket> will = connect.getWillPublish();
    if (will.isPresent()) {
      ByteBuffer payload = will.get().getPayload().orElse(ByteBuffer.allocate(0));
      if (payload.remaining() > WILL_BYTES_MAX || will.get().getWillDelay() != 0) {
        output.failAuthentication(ConnackReasonCode.NOT_AUTHORIZED);
        return;
      }
      input.getConnectionInformation().getConnectionAttributeStore().put(WILL, payload.slice());
    }
    output.authenticateSuccessfully();
  }

  /**
   * Returns whether the certificate of a connection is one of this tenant's devices, carries this
   * client id and is not revoked.
   */
  boolean mayConnect(ConnectionInformation connection, String clientId) {
    Optional<X509Certificate> certificate =
        connection.getClientTlsInformation().flatMap(ClientTlsInformation::getClientCertificate);
    return certificate
        .flatMap(Certificates::identity)
        .filter(identity -> isDevice(identity) && identity.commonName().equals(clientId))
        .filter(identity -> !revocations.isRevoked(identity, certificate.get().getSerialNumber()))
        .isPresent();
  }

  /** Takes the last will of a connection, so that it is sent once at most. */
  static Optional<byte[]> takeWill(ConnectionInformation connection) {
    return connection
        .getConnectionAttributeStore()
        .remove(WILL)
        .map(
            buffer -> {
              byte[] payload = new byte[buffer.remaining()];
              buffer.duplicate().get(payload);
              return payload;
            });
  }

  private boolean isDevice(Identity identity) {
    return identity.tenant().equals(tenant)
        && (identity.role() == Identity.Role.DEVICE || identity.role() == Identity.Role.BULK);
  }
}
