package dev.drover.agent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.GetStatusRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentConnectionTest {
  @TempDir Path data;

  @Test
  void agentThatHangs_isGivenUp_withItsCode() throws IOException {
    Path socket = data.resolve("agent.sock");
    try (ServerSocketChannel hangs = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      hangs.bind(UnixDomainSocketAddress.of(socket));
      try (AgentConnection connection = new AgentConnection(socket, Duration.ofMillis(200))) {
        StatusRuntimeException ended =
            assertThrows(
                StatusRuntimeException.class,
                () -> connection.calls().getStatus(GetStatusRequest.getDefaultInstance()));
        DroverException failure = GrpcErrors.parse(ended);
        assertEquals(ErrorCode.DEADLINE_EXCEEDED, failure.code());
        assertTrue(failure.getMessage().contains(socket.toString()), failure.getMessage());
        assertTrue(failure.nextStep().contains("drover doctor"), failure.nextStep());
      }
    }
  }
}
