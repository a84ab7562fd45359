package dev.drover.hub.link;

import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5Client;
import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.Backoff;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts connections on a broker outside the hub's process: connects under the client's own id, with
 * a certificate made for that, whereupon the broker must close the connection that had the id (MQTT
 * 5.0, MQTT-3.1.4-3). Thread-safe.
 *
 * <p>A revoked device comes back until the broker has read the new revocation list. So its id is
 * kept for a while, and taken again whenever the device has taken it back.
 */
final class TakeOver implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TakeOver.class);

  /** Longer than a device waits between two attempts. */
  private static final Duration KEPT = Duration.ofMinutes(2);

  private static final int KEEP_ALIVE_SECONDS = 30;

  private final ExternalBrokerConfig config;
  private final Function<Identity, TlsMaterial> certificates;
  private final Predicate<Identity> revoked;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Map<Identity, Taking> running = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * Makes it able to cut connections.
   *
   * @param certificates makes a certificate of an identity with a serial number that nobody revoked
   * @param revoked whether an identity is to be kept away; may read the store
   * @param clock by which the broker's certificate is checked
   */
  TakeOver(
      ExternalBrokerConfig config,
      Function<Identity, TlsMaterial> certificates,
      Predicate<Identity> revoked,
      InstantSource clock,
      RandomGenerator random) {
    this.config = config;
    this.certificates = certificates;
    this.revoked = revoked;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Takes the id of a client; lets it go at once where the identity is not revoked.
   *
   * @return completes when the id was taken, or once in vain where the identity is not revoked;
   *     exceptionally where it will not be
   */
  CompletionStage<Void> cut(Identity identity) {
    Taking taking = new Taking(identity);
    Taking before = running.put(identity, taking);
    if (before != null) {
      before.end();
    }
    taking.attempt();
    return taking.taken;
  }

  @Override
  public void close() {
    closed = true;
    running.values().forEach(Taking::end);
  }

  private static void later(Duration wait, Runnable task) {
    CompletableFuture.delayedExecutor(wait.toMillis(), TimeUnit.MILLISECONDS).execute(task);
  }

  private final class Taking {
    private final Identity identity;
    private final Backoff backoff;
    private final CompletableFuture<Void> taken = new CompletableFuture<>();
    private @Nullable Mqtt5AsyncClient client;
    private int attempts;
    private boolean ended;

    Taking(Identity identity) {
      this.identity = identity;
      this.backoff = new Backoff(config.retryFirst(), config.retryMax(), random);
    }

    synchronized void attempt() {
      if (ended || closed) {
        end();
        return;
      }
      HostPort to = config.addresses().get(attempts++ % config.addresses().size());
      TlsMaterial material = certificates.apply(identity);
      Mqtt5AsyncClient made =
          Mqtt5Client.builder()
              .identifier(identity.commonName())
              .transportConfig(MqttBrokerLink.transport(to, material, clock.instant()))
              .addDisconnectedListener(lost -> later(pause(), this::again))
              .buildAsync();
      client = made;
      var unused =
          made.connectWith()
              .cleanStart(true)
              .sessionExpiryInterval(0)
              .keepAlive(KEEP_ALIVE_SECONDS)
              .send()
              .whenCompleteAsync(
                  (connected, failure) -> {
                    if (failure == null) {
                      keep(made);
                    }
                  });
    }

    private synchronized Duration pause() {
      return backoff.next();
    }

    /** After the connection was taken back, or lost, or not made. */
    private void again() {
      if (revoked.test(identity)) {
        attempt();
      } else {
        // It may come back with another certificate; a broker that is away has no connections.
        taken.complete(null);
        end();
      }
    }

    private void keep(Mqtt5AsyncClient made) {
      taken.complete(null);
      log.atInfo().addKeyValue("client", identity.commonName()).log("Took the place of a client");
      if (revoked.test(identity)) {
        later(KEPT, () -> endIfStill(made));
      } else {
        end();
      }
    }

    private synchronized void endIfStill(Mqtt5AsyncClient made) {
      if (client == made && made.getState().isConnected()) {
        end();
      }
    }

    synchronized void end() {
      ended = true;
      running.remove(identity, this);
      taken.completeExceptionally(
          new DroverException(ErrorCode.UNAVAILABLE, "The client's place was not taken."));
      Mqtt5AsyncClient live = client;
      if (live != null && live.getState().isConnected()) {
        var leaving = live.disconnect();
        leaving.exceptionally(gone -> null);
      }
    }
  }
}
