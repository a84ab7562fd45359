package dev.drover.agent.api;

import dev.drover.agent.core.Caller;
import dev.drover.v1.AgentServiceGrpc;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import dev.drover.wire.ListenFailure;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The agent's gRPC server: on a Unix socket that only its own user can reach, and, where asked for,
 * on TCP for paired neighbours. Health and reflection are there on both. Thread-safe.
 */
public final class AgentServer implements AutoCloseable {
  private static final int CALLS_PER_CONNECTION_MAX = 32;
  private static final int METADATA_BYTES_MAX = 16 * 1024;
  private static final int HANDSHAKE_SECONDS_MAX = 10;
  private static final int CLOSE_SECONDS = 3;
  private static final int QUICK_WAITING_MAX = 64;
  private static final int WORKERS = 4;
  private static final int WORKERS_WAITING_MAX = 12;
  private static final int KNOWN_CALLS_MAX = 256;

  private final Path socket;
  private final Workers quick = new Workers("agent-api-quick", 1, QUICK_WAITING_MAX);
  private final Workers workers = new Workers("agent-api", WORKERS, WORKERS_WAITING_MAX);
  private final KnownCalls known = new KnownCalls(KNOWN_CALLS_MAX);
  private final HealthStatusManager health = new HealthStatusManager();
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("agent-api-io", true), EpollIoHandler.newFactory());
  private final List<Server> servers = new ArrayList<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  private AgentServer(Path socket) {
    this.socket = socket;
  }

  /**
   * Starts to listen.
   *
   * @param socket path of the Unix socket; its directory has mode 0700 or is made so
   * @param neighbours how paired neighbours connect, or null for not at all
   * @throws DroverException {@code DATA_DIRECTORY_IN_USE} where somebody listens on the socket,
   *     {@code CONFIG_INVALID_VALUE}, {@code PORT_IN_USE}, {@code STORE_FAILED}
   */
  public static AgentServer start(Path socket, AgentParts parts, @Nullable Neighbours neighbours) {
    SocketFile.prepare(socket);
    AgentServer server = new AgentServer(socket);
    try {
      server.listenLocally(parts);
      if (neighbours != null) {
        server.listenToNeighbours(parts, neighbours);
      }
      server.health.setStatus(AgentServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
      return server;
    } catch (RuntimeException failed) {
      server.close();
      throw failed;
    }
  }

  /** Returns the port for neighbours, or -1 where they cannot connect. */
  public int tcpPort() {
    return servers.size() < 2 ? -1 : servers.get(1).getPort();
  }

  /** Returns whether a person or a neighbour is being answered. */
  public boolean serving() {
    return workers.busy();
  }

  private void listenLocally(AgentParts parts) {
    NettyServerBuilder builder =
        builder(
                new DomainSocketAddress(socket.toFile()),
                EpollServerDomainSocketChannel.class,
                new AgentCalls(Caller.LOCAL, parts, quick, workers, known))
            // Taken out: a Unix socket has no such option, and Netty would warn of it.
            .withChildOption(ChannelOption.SO_KEEPALIVE, null);
    try {
      servers.add(builder.build().start());
    } catch (IOException failed) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The agent cannot listen on its Unix socket.", failed);
    }
    SocketFile.restrict(socket);
  }

  private void listenToNeighbours(AgentParts parts, Neighbours neighbours) {
    NettyServerBuilder builder =
        builder(
                neighbours.address(),
                EpollServerSocketChannel.class,
                new AgentCalls(Caller.PEER, parts, quick, workers, known))
            .sslContext(neighbours.tls())
            .handshakeTimeout(HANDSHAKE_SECONDS_MAX, TimeUnit.SECONDS)
            .intercept(new PeerOfCall());
    try {
      servers.add(builder.build().start());
    } catch (IOException failed) {
      throw ListenFailure.of(
          "The listener for neighbours", neighbours.bind(), neighbours.port(), failed);
    }
  }

  private NettyServerBuilder builder(
      SocketAddress address, Class<? extends ServerChannel> type, AgentCalls calls) {
    return NettyServerBuilder.forAddress(address)
        .channelType(type)
        .bossEventLoopGroup(loops)
        .workerEventLoopGroup(loops)
        // Handlers only hand over to workers, so that a full queue refuses instead of growing.
        .directExecutor()
        .maxInboundMessageSize(Limits.GRPC_MESSAGE_BYTES_MAX)
        .maxInboundMetadataSize(METADATA_BYTES_MAX)
        .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION_MAX)
        .addService(calls)
        .addService(health.getHealthService())
        .addService(ProtoReflectionServiceV1.newInstance());
  }

  /** Ends calls under way within some seconds, and deletes the socket; once is enough. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    health.enterTerminalState();
    servers.forEach(Server::shutdown);
    quick.close();
    workers.close();
    servers.forEach(Server::shutdownNow);
    try {
      for (Server server : servers) {
        server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
      }
      loops.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).await();
      if (!servers.isEmpty()) {
        Files.deleteIfExists(socket);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (IOException left) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The agent's socket cannot be deleted.", left);
    }
  }
}
