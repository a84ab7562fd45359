package dev.drover.agent.cli;

import dev.drover.v1.AgentServiceGrpc;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Limits;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A connection to the agent on this machine, over its Unix socket. Thread-safe. */
public final class AgentConnection implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final int CLOSE_SECONDS = 2;
  private static final String NEXT =
      "Start it with `drover agent run`, or name another with --agent-data or --socket.";

  private final EventLoopGroup loop;
  private final ManagedChannel channel;
  private final Duration answer;

  /**
   * Makes a connection.
   *
   * @throws DroverException {@code UNAVAILABLE} where there is no such socket
   */
  public AgentConnection(Path socket) {
    this(socket, ANSWER);
  }

  /** Makes a connection whose calls end within this time. */
  AgentConnection(Path socket, Duration answer) {
    this.answer = answer;
    if (Files.notExists(socket)) {
      throw new DroverException(
              ErrorCode.UNAVAILABLE, "No agent runs here: there is no socket " + socket + ".")
          .withNextStep(NEXT);
    }
    loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("agent-client", true), EpollIoHandler.newFactory());
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loop)
            // Taken out: a Unix socket has no such option, and Netty would warn of it.
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .usePlaintext()
            .intercept(GrpcErrors.naming("The agent at " + socket, NEXT))
            .maxInboundMessageSize(Limits.GRPC_MESSAGE_BYTES_MAX)
            .build();
  }

  /** Returns calls that end within half a minute, also where the agent hangs. */
  public AgentServiceGrpc.AgentServiceBlockingStub calls() {
    return work().withDeadlineAfter(answer.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns calls of what takes as long as it takes: the model's answer, a tool. */
  public AgentServiceGrpc.AgentServiceBlockingStub work() {
    return AgentServiceGrpc.newBlockingStub(channel);
  }

  /** Ends the connection within some seconds. */
  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
      loop.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
