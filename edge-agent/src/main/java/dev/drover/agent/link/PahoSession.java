package dev.drover.agent.link;

import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.util.Collection;
import java.util.logging.Level;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttActionListener;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of the control link: a Paho client used once and thrown away.
 *
 * <p>Paho's callbacks only hand over to {@link Events}, which must not call back into this class on
 * the calling thread. Messages are acknowledged by {@link #acknowledge}, so that the broker's
 * receive maximum bounds what waits on the device.
 */
final class PahoSession {
  /** What happens on the connection; called on Paho's threads. */
  interface Events {
    /** The broker has answered the CONNECT. */
    void onConnected();

    /** The attempt failed or the connection is lost; may be called more than once. */
    void onLost(@Nullable Throwable cause);

    /** A message has come. */
    void onMessage(String topic, MqttMessage message);
  }

  /** Outcome of an operation: null, or why it failed. */
  interface Outcome {
    /** Takes the reason codes of the answer, empty where there was none, or a failure. */
    void done(int[] reasonCodes, @Nullable Throwable failure);
  }

  private static final Logger log = LoggerFactory.getLogger(PahoSession.class);

  /** Paho logs what it also throws, through java.util.logging; kept, as loggers are weakly held. */
  private static final java.util.logging.Logger PAHO =
      java.util.logging.Logger.getLogger("org.eclipse.paho.mqttv5");

  static {
    PAHO.setLevel(Level.OFF);
  }

  private static final int QOS = 1;
  private static final long DISCONNECT_MS_MAX = 2_000;

  private final MqttAsyncClient client;
  private final DatedTrust trust;
  private final LinkSocket socket;
  private final MqttConnectionOptions options;

  PahoSession(LinkConfig config, HostPort broker, byte[] will, Events events) {
    String clientId = Identity.device(config.tenant(), config.device()).commonName();
    TlsMaterial material = config.material().get();
    this.trust = new DatedTrust(material, config.now().instant());
    this.socket =
        new LinkSocket(
            broker, config.httpProxy(), material.sslContext(trust), config.timing().reach());
    this.options = options(config, will);
    try {
      this.client = new MqttAsyncClient("tcp://" + broker, clientId, new MemoryPersistence());
      client.setManualAcks(true);
      client.setCallback(new Callback(events));
    } catch (MqttException e) {
      throw new IllegalStateException(e);
    }
  }

  private MqttConnectionOptions options(LinkConfig config, byte[] will) {
    MqttMessage lastWill = new MqttMessage(will);
    lastWill.setQos(QOS);
    lastWill.setRetained(true);
    MqttConnectionOptions made = new MqttConnectionOptions();
    made.setSocketFactory(new LinkSocketFactory(socket));
    made.setCleanStart(true);
    made.setSessionExpiryInterval(0L);
    made.setAutomaticReconnect(false);
    made.setConnectionTimeout((int) Math.max(1, config.timing().connect().toSeconds()));
    made.setKeepAliveInterval((int) Math.max(1, config.timing().keepAlive().toSeconds()));
    made.setReceiveMaximum(Limits.IN_FLIGHT_MAX);
    made.setMaximumPacketSize((long) Limits.PACKET_BYTES_MAX);
    made.setTopicAliasMaximum(0);
    made.setUseSubscriptionIdentifiers(false);
    made.setWill(
        new Topics(config.tenant()).device(config.device(), Topic.Channel.PRESENCE), lastWill);
    return made;
  }

  /** Starts connecting; returns at once, and {@link Events} tell how it ends. */
  void connect(Events events) throws MqttException {
    client.connect(
        options,
        null,
        new MqttActionListener() {
          @Override
          public void onSuccess(IMqttToken token) {
            events.onConnected();
          }

          @Override
          public void onFailure(@Nullable IMqttToken token, @Nullable Throwable cause) {
            events.onLost(cause);
          }
        });
  }

  /**
   * Returns what speaks against the dates of the broker's certificate, or null; once connected. If
   * anything does, only a question for the time may be sent.
   */
  @Nullable CertificateException timeDoubt() {
    return trust.timeDoubt();
  }

  void subscribe(Collection<String> topics, Outcome outcome) throws MqttException {
    MqttSubscription[] subscriptions =
        topics.stream()
            .map(topic -> new MqttSubscription(topic, QOS))
            .toArray(MqttSubscription[]::new);
    client.subscribe(subscriptions, null, listener(outcome), new MqttProperties());
  }

  void unsubscribe(Collection<String> topics, Outcome outcome) throws MqttException {
    client.unsubscribe(
        topics.toArray(String[]::new), null, listener(outcome), new MqttProperties());
  }

  void publish(String topic, byte[] payload, boolean retain, Outcome outcome) throws MqttException {
    client.publish(topic, payload, QOS, retain, null, listener(outcome));
  }

  /** Publishes a question for the time; where that fails, no answer comes. */
  void ask(String topic, byte[] question) {
    try {
      client.publish(topic, question, QOS, false);
    } catch (MqttException | RuntimeException lost) {
      log.atDebug().setCause(lost).log("question on a lost connection");
    }
  }

  /** Tells the broker that a message was taken; without effect on a lost connection. */
  void acknowledge(MqttMessage message) {
    try {
      client.messageArrivedComplete(message.getId(), message.getQos());
    } catch (MqttException | RuntimeException lost) {
      log.atDebug().setCause(lost).log("acknowledgement on a lost connection");
    }
  }

  /**
   * Ends the connection with a DISCONNECT where that is possible at once. Waits up to two seconds:
   * not for Paho's threads.
   */
  void disconnect() {
    try {
      client.disconnect(0L).waitForCompletion(DISCONNECT_MS_MAX);
    } catch (MqttException | RuntimeException notConnected) {
      log.atDebug().setCause(notConnected).log("disconnect without a connection");
    }
    abandon();
  }

  /** Breaks the connection and frees what it holds. May wait for Paho's threads: not for them. */
  void abandon() {
    try {
      socket.close();
    } catch (IOException e) {
      log.atDebug().setCause(e).log("socket close");
    }
    try {
      client.disconnectForcibly(1, 1, false);
    } catch (MqttException | RuntimeException alreadyGone) {
      log.atDebug().setCause(alreadyGone).log("connection was gone");
    }
    try {
      client.close(true);
    } catch (MqttException | RuntimeException e) {
      log.atDebug().setCause(e).log("client close");
    }
  }

  private static MqttActionListener listener(Outcome outcome) {
    return new MqttActionListener() {
      @Override
      public void onSuccess(IMqttToken token) {
        int[] codes = token.getReasonCodes();
        outcome.done(codes == null ? new int[0] : codes, null);
      }

      @Override
      public void onFailure(@Nullable IMqttToken token, @Nullable Throwable cause) {
        outcome.done(new int[0], cause == null ? new IOException("the connection is lost") : cause);
      }
    };
  }

  /** Returns whether one of the codes of an answer is an error (MQTT 5.0, section 2.4). */
  static boolean isError(int[] reasonCodes) {
    for (int code : reasonCodes) {
      if (code >= 0x80) {
        return true;
      }
    }
    return false;
  }

  private record Callback(Events events) implements MqttCallback {
    @Override
    public void disconnected(@Nullable MqttDisconnectResponse response) {
      events.onLost(response == null ? null : response.getException());
    }

    @Override
    public void mqttErrorOccurred(MqttException exception) {
      events.onLost(exception);
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
      events.onMessage(topic, message);
    }

    @Override
    public void deliveryComplete(IMqttToken token) {
      // Each publish has a listener of its own.
    }

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {
      // The listener of the connect tells.
    }

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {
      // Not used: TLS authenticates.
    }
  }
}
