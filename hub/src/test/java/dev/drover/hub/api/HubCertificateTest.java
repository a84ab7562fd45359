package dev.drover.hub.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.linecorp.armeria.common.HttpResponse;
import dev.drover.crypto.TlsMaterial;
import dev.drover.testkit.Peers;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.HostPort;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HubCertificateTest {
  @Test
  void renewedCertificate_isShownToTheNextConnection() throws Exception {
    TestFleet fleet = new TestFleet();
    AtomicReference<TlsMaterial> material = new AtomicReference<>(fleet.server());
    try (HubServer server =
        HubServer.start(
            new InetSocketAddress("127.0.0.1", 0),
            material::get,
            new OperatorAuth(TestFleet.TENANT, (operator, serial) -> Optional.empty()),
            List.of(),
            (call, request) -> HttpResponse.of(200),
            () -> "")) {
      HostPort address = new HostPort("127.0.0.1", server.port());
      TlsMaterial client = fleet.device("lamp");
      assertEquals(material.get().certificate(), Peers.certificate(address, client, fleet.now()));
      material.set(fleet.server());
      assertEquals(material.get().certificate(), Peers.certificate(address, client, fleet.now()));
    }
  }
}
