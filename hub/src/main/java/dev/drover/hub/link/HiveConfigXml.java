package dev.drover.hub.link;

import dev.drover.crypto.TlsMaterial;
import dev.drover.wire.Limits;
import dev.drover.wire.Topics;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;

/** The configuration file of the embedded HiveMQ: every limit set, nothing left to a default. */
final class HiveConfigXml {
  /** Longest keep-alive that a client may ask for, in seconds. */
  static final int KEEP_ALIVE_SECONDS_MAX = 600;

  /** Longest client id: a common name. */
  static final int CLIENT_ID_CHARS_MAX = 80;

  /**
   * To finish a handshake, and to say then who it is. When all devices come back at once, each
   * handshake waits for those of the others, at about 4 ms of a processor for each; one that is cut
   * off was work for nothing, and comes again.
   */
  private static final int CONNECT_TIMEOUT_MS = 60_000;

  private HiveConfigXml() {}

  /**
   * Returns the text of the file.
   *
   * @param keyStore absolute path of the PKCS #12 file with the server's key; the trust store lies
   *     beside it (HiveMQ takes relative paths from the folder of its jar)
   * @param password of both stores, hexadecimal
   */
  static String text(EmbeddedBrokerConfig config, Path keyStore, Path trustStore, String password) {
    String protocols =
        TlsMaterial.PROTOCOLS.stream()
            .sorted()
            .map(protocol -> "<protocol>" + protocol + "</protocol>")
            .collect(Collectors.joining());
    return String.format(
            Locale.ROOT,
            """
        <?xml version="1.0"?>
        <hivemq>
          <listeners><tls-tcp-listener>
            <port>%d</port><bind-address>%s</bind-address><name>drover</name>
            <tls>
              <keystore><path>%s</path><password>%s</password>
                <private-key-password>%s</private-key-password></keystore>
              <truststore><path>%s</path><password>%s</password></truststore>
              <protocols>%s</protocols>
              <handshake-timeout>%d</handshake-timeout>
              <client-authentication-mode>REQUIRED</client-authentication-mode>
            </tls>
          </tls-tcp-listener></listeners>
        """,
            config.port(),
            escape(config.bindAddress()),
            escape(keyStore.toString()),
            password,
            password,
            escape(trustStore.toString()),
            password,
            protocols,
            CONNECT_TIMEOUT_MS)
        + limits(config);
  }

  private static String limits(EmbeddedBrokerConfig config) {
    return String.format(
        Locale.ROOT,
        """
          <mqtt>
            <queued-messages><max-queue-size>%d</max-queue-size><strategy>discard</strategy>
            </queued-messages>
            <quality-of-service><max-qos>1</max-qos></quality-of-service>
            <topic-alias><enabled>false</enabled></topic-alias>
            <session-expiry><max-interval>0</max-interval></session-expiry>
            <wildcard-subscriptions><enabled>false</enabled></wildcard-subscriptions>
            <shared-subscriptions><enabled>false</enabled></shared-subscriptions>
            <subscription-identifier><enabled>false</enabled></subscription-identifier>
            <keep-alive><max-keep-alive>%d</max-keep-alive>
              <allow-unlimited>false</allow-unlimited></keep-alive>
            <packets><max-packet-size>%d</max-packet-size></packets>
            <receive-maximum><server-receive-maximum>%d</server-receive-maximum></receive-maximum>
          </mqtt>
          <restrictions>
            <max-connections>%d</max-connections>
            <max-client-id-length>%d</max-client-id-length>
            <max-topic-length>%d</max-topic-length>
            <no-connect-idle-timeout>%d</no-connect-idle-timeout>
          </restrictions>
          <security>
            <allow-empty-client-id><enabled>false</enabled></allow-empty-client-id>
          </security>
          <persistence><mode>in-memory</mode></persistence>
          <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
        </hivemq>
        """,
        Limits.QUEUED_MESSAGES_MAX,
        KEEP_ALIVE_SECONDS_MAX,
        Limits.PACKET_BYTES_MAX,
        Limits.IN_FLIGHT_MAX,
        config.connectionsMax(),
        CLIENT_ID_CHARS_MAX,
        Topics.LENGTH_MAX,
        CONNECT_TIMEOUT_MS);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
