package dev.drover.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.cli.HubConnection;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.hub.link.BrokerFixture;
import dev.drover.term.Failures;
import dev.drover.testkit.LiveJvm;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.Device;
import dev.drover.v1.ListDevicesRequest;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub whose disk refuses writes ends by itself, and loses nothing that it acknowledged. */
class HubStoreFailureTest {
  private static final String READY = "The hub is ready on port ";

  @TempDir private Path directory;

  @Test
  void disk_refusesWrites_hubEndsWithACode_andComesBack() throws Exception {
    String brokerPort = Integer.toString(BrokerFixture.freePort());
    try (LiveJvm hub = start(brokerPort)) {
      try (HubConnection operator = connect(hub)) {
        invite(operator, "kept");
        hub.refuseWrites();
        StatusRuntimeException refused =
            assertThrows(StatusRuntimeException.class, () -> invite(operator, "refused"));
        ErrorCode code = GrpcErrors.parse(refused).code();
        // The process may be gone before the answer is on its way.
        assertTrue(
            Set.of(ErrorCode.STORE_FAILED, ErrorCode.UNAVAILABLE).contains(code), code.name());
      }
      assertEquals(Failures.STORE_EXIT_CODE, hub.awaitExit(), hub::output);
      assertTrue(hub.output().contains("drover: STORE_FAILED: "), hub::output);
      assertTrue(hub.output().contains("  next: "), hub::output);
    }
    try (LiveJvm again = start(brokerPort);
        HubConnection operator = connect(again)) {
      Set<String> names = new HashSet<>();
      for (Device device :
          operator.calls().listDevices(ListDevicesRequest.getDefaultInstance()).getDevicesList()) {
        names.add(device.getDevice());
      }
      assertTrue(names.contains("kept"), names::toString);
      invite(operator, "later");
    }
  }

  private LiveJvm start(String brokerPort) {
    return LiveJvm.start(
        directory,
        Main.class,
        "run",
        "--data",
        directory.resolve("hub").toString(),
        "--set",
        "api.port=0",
        "--set",
        "broker.port=" + brokerPort);
  }

  private HubConnection connect(LiveJvm hub) {
    String ready = hub.awaitLine(line -> line.startsWith(READY));
    String port = ready.substring(READY.length(), ready.length() - 1);
    Path file = HubAssembly.firstOperatorFile(directory.resolve("hub"));
    return HubConnection.open("localhost:" + port, OperatorCredentials.load(file));
  }

  private static void invite(HubConnection operator, String device) {
    var unused =
        operator.calls().createToken(CreateTokenRequest.newBuilder().setDevice(device).build());
  }
}
