package dev.drover.hub.link;

import com.hivemq.configuration.service.InternalConfigurations;
import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.extension.sdk.api.packets.general.Qos;
import com.hivemq.extension.sdk.api.services.builder.Builders;
import com.hivemq.extension.sdk.api.services.publish.Publish;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.core.Revocations;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import dev.drover.wire.ListenFailure;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HiveMQ Community Edition inside this process, in memory only, with mutual TLS.
 *
 * <p>One per JVM at a time: HiveMQ keeps static state. The hub itself is no MQTT client of it.
 * Everything is lost when it stops, which is meant: no state in a broker matters. Thread-safe.
 */
public final class EmbeddedBroker implements BrokerLink {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final int PASSWORD_BYTES = 24;
  private static final String KEY_STORE = "tls/key.p12";
  private static final int CLOSE_SECONDS_MAX = 20;

  private final EmbeddedBrokerConfig config;
  private TlsMaterial server;
  private final Revocations revocations;
  private final Outbound outbound;
  private final String password;
  private final AtomicReference<@Nullable HiveServer> hive = new AtomicReference<>();
  private @Nullable Inbound inbound;
  private @Nullable HiveExtension extension;
  private volatile HiveExtension.@Nullable Broker broker;

  /**
   * Makes a broker that is not started.
   *
   * @param server the listener's key and certificate, and the CA whose clients may come
   * @param revocations asked at each connection
   */
  public EmbeddedBroker(
      EmbeddedBrokerConfig config,
      TlsMaterial server,
      Revocations revocations,
      SecureRandom random) {
    this.config = config;
    this.server = server;
    this.revocations = revocations;
    byte[] secret = new byte[PASSWORD_BYTES];
    random.nextBytes(secret);
    this.password = Hashes.hex(secret);
    this.outbound =
        new Outbound(
            new Topics(config.tenant()).prefix(),
            config.pending().messagesMax(),
            config.pending().bytesMax());
  }

  @Override
  public synchronized void start(Listener listener) {
    if (hive.get() != null) {
      throw new DroverException(ErrorCode.ILLEGAL_TRANSITION, "The broker was started before.");
    }
    requireFreePort();
    Inbound way =
        new Inbound(
            listener,
            config.pending().messagesMax(),
            config.pending().bytesMax(),
            config.pending().deadline());
    Path configFile = prepareDirectory();
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    CompletableFuture<HiveExtension> starting = new CompletableFuture<>();
    Thread starter = new Thread(() -> start(way, starting), "broker-start");
    starter.setDaemon(true);
    starter.start();
    try {
      HiveExtension guard = starting.get(config.startDeadline().toMillis(), TimeUnit.MILLISECONDS);
      // A broker whose extension did not start would let everybody in.
      HiveExtension.Broker guarded = guard.broker().getNow(null);
      if (guarded == null) {
        throw new DroverException(ErrorCode.INTERNAL, "The broker started without its guard.");
      }
      broker = guarded;
      inbound = way;
      extension = guard;
      Files.delete(configFile);
      log.atInfo().addKeyValue("port", guarded.port()).log("broker started");
      listener.onConnected();
    } catch (ExecutionException | IOException e) {
      close();
      throw new DroverException(ErrorCode.INTERNAL, "The broker does not start.", e);
    } catch (TimeoutException e) {
      close();
      throw new DroverException(
          ErrorCode.DEADLINE_EXCEEDED, "The broker does not start in time.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new DroverException(ErrorCode.CANCELLED, "The start was interrupted.", e);
    } finally {
      // HiveMQ installs one that may end the process.
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  @Override
  public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
    HiveExtension.Broker live = broker;
    if (live == null) {
      return Outbound.failed(ErrorCode.UNAVAILABLE, "The broker does not run.");
    }
    return outbound.send(
        topic,
        payload.length,
        qos,
        () -> {
          Optional<Topic> parsed = retain ? Optional.empty() : Topics.parse(topic);
          if (parsed.orElse(null) instanceof Topic.OfDevice device
              && device.channel() == Topic.Channel.CMD) {
            // The client id of a device is its name.
            return live.delivery().deliver(device.device(), topic, payload);
          }
          Publish publish =
              Builders.publish()
                  .topic(topic)
                  .payload(ByteBuffer.wrap(payload))
                  .qos(qos == 0 ? Qos.AT_MOST_ONCE : Qos.AT_LEAST_ONCE)
                  .retain(retain)
                  .build();
          return live.publishes().publish(publish);
        });
  }

  /**
   * Takes another key and certificate for connections that come from some seconds later on: HiveMQ
   * looks at its key store every ten seconds. Those that are there stay.
   *
   * @throws DroverException {@code STORE_FAILED}
   */
  public synchronized void renew(TlsMaterial renewed) {
    server = renewed;
    Path directory = config.directory().toAbsolutePath();
    Path next = directory.resolve("tls/next.p12");
    try {
      Files.deleteIfExists(next);
      server.writeKeyStore(next, password.toCharArray());
      Files.move(
          next,
          directory.resolve(KEY_STORE),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The broker's certificate cannot be replaced.", e);
    }
  }

  @Override
  public CompletionStage<Void> disconnect(Identity identity) {
    HiveExtension.Broker live = broker;
    if (live == null) {
      return Outbound.failed(ErrorCode.UNAVAILABLE, "The broker does not run.");
    }
    return live.clients().disconnectClient(identity.commonName()).thenApply(was -> null);
  }

  /**
   * Returns the port that it listens on, which is the configured one unless that is 0.
   *
   * @throws DroverException {@code UNAVAILABLE} while it does not run
   */
  public int port() {
    HiveExtension.Broker live = broker;
    if (live == null) {
      throw new DroverException(ErrorCode.UNAVAILABLE, "The broker does not run.");
    }
    return live.port();
  }

  @Override
  public synchronized Health health() {
    if (broker == null || inbound == null || extension == null) {
      return new Health(false, 0, Flow.NONE, outbound.flow());
    }
    return new Health(true, extension.clientsConnected(), inbound.flow(), outbound.flow());
  }

  @Override
  public synchronized void close() {
    broker = null;
    HiveServer stopping = hive.getAndSet(null);
    if (stopping == null) {
      return;
    }
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    Thread stopper =
        new Thread(
            () -> {
              try {
                stopping.stop();
                stopped.complete(null);
              } catch (RuntimeException failed) {
                stopped.completeExceptionally(failed);
              }
            },
            "broker-stop");
    stopper.setDaemon(true);
    stopper.start();
    try {
      stopped.get(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.atWarn().setCause(e).log("broker does not stop");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** On a thread of its own, which the caller waits for no longer than its deadline. */
  private void start(Inbound way, CompletableFuture<HiveExtension> started) {
    try {
      InternalConfigurations.AUTH_DENY_UNAUTHENTICATED_CONNECTIONS.set(true);
      HiveServer server = new HiveServer(config.directory().toAbsolutePath());
      hive.set(server);
      HiveExtension[] guard = new HiveExtension[1];
      server.start(
          delivery -> {
            guard[0] =
                new HiveExtension(
                    config.tenant(), config.connectionsMax(), revocations, way, delivery);
            // It listens before this start returns; who comes first is to be answered too.
            var unused = guard[0].broker().thenAccept(this::listens);
            return described(guard[0]);
          });
      started.complete(guard[0]);
    } catch (Exception failed) {
      started.completeExceptionally(failed);
    }
  }

  private void listens(HiveExtension.Broker guarded) {
    if (hive.get() != null) {
      broker = guarded;
    }
  }

  private static EmbeddedExtension described(HiveExtension guard) {
    return EmbeddedExtension.builder()
        .withId("drover")
        .withName("Drover")
        .withVersion("1")
        .withAuthor("Drover")
        .withPriority(0)
        .withStartPriority(1000)
        .withExtensionMain(guard)
        .build();
  }

  private void requireFreePort() {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName(config.bindAddress()), config.port()));
    } catch (IOException e) {
      throw ListenFailure.of("The broker", config.bindAddress(), config.port(), e);
    }
  }

  /** Empties the directory, writes stores and configuration, and returns the configuration file. */
  private Path prepareDirectory() {
    Path directory = config.directory().toAbsolutePath();
    try {
      deleteAll(directory);
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
      for (String folder : List.of("conf", "data", "extensions", "tls")) {
        Files.createDirectory(directory.resolve(folder));
      }
      Path keyStore = directory.resolve(KEY_STORE);
      Path trustStore = directory.resolve("tls/trust.p12");
      server.writeKeyStore(keyStore, password.toCharArray());
      server.writeTrustStore(trustStore, password.toCharArray());
      Path file = directory.resolve("conf/config.xml");
      Files.writeString(
          file, HiveConfigXml.text(config, keyStore, trustStore, password), StandardCharsets.UTF_8);
      return file;
    } catch (IOException e) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The broker's directory cannot be prepared.", e);
    }
  }

  private static void deleteAll(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
