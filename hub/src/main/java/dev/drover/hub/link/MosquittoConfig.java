package dev.drover.hub.link;

import dev.drover.wire.Identity;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;

/**
 * Writes the configuration that makes Eclipse Mosquitto (2.0.11 and later) keep the rules of {@link
 * dev.drover.wire.Acl}, as far as it can.
 *
 * <p>Mosquitto knows a client by the common name of its certificate, which also replaces the client
 * id it sends. What differs from the embedded broker, found by the contract suite: Mosquitto
 * accepts every subscription and filters what it delivers, so a wildcard is not refused but yields
 * nothing foreign; a foreign publish is acknowledged with "not authorised" and dropped; a device's
 * two identities may both read metadata and chunks, which are no secrets; session expiry and
 * quality of service of a device's publishes are not limited. A revoked certificate needs a new
 * revocation list and a reload (SIGHUP) or restart; the reload also takes all rights from
 * connections that live.
 */
public final class MosquittoConfig {
  /**
   * The files that the configuration names; absolute paths without spaces at their ends.
   *
   * @param ca the hub's CA, PEM
   * @param certificate of the listener, PEM
   * @param key of the listener, PEM
   * @param revocationList from {@link dev.drover.crypto.CertificateAuthority#revocationList}
   * @param acl from {@link #acl}
   */
  public record Files(Path ca, Path certificate, Path key, Path revocationList, Path acl) {}

  private static final int QUEUED_MESSAGES_MAX = 10_000;
  private static final int IN_FLIGHT_MAX = 100;

  private MosquittoConfig() {}

  /**
   * Returns {@code mosquitto.conf}.
   *
   * @param bindAddress IP address
   */
  public static String config(String bindAddress, int port, Files files) {
    return String.format(
        Locale.ROOT,
        """
        # Drover: no state, mutual TLS only, every queue bounded.
        persistence false
        per_listener_settings false
        allow_anonymous false
        allow_zero_length_clientid false
        acl_file %s
        max_packet_size %d
        max_inflight_messages %d
        max_queued_messages %d
        max_queued_bytes %d
        queue_qos0_messages false
        max_keepalive %d
        upgrade_outgoing_qos false
        sys_interval 0
        log_dest stderr
        log_type error
        log_type warning

        listener %d %s
        max_qos 1
        max_topic_alias 0
        cafile %s
        certfile %s
        keyfile %s
        crlfile %s
        tls_version tlsv1.2
        require_certificate true
        use_identity_as_username true
        use_username_as_clientid true
        """,
        files.acl(),
        Limits.PACKET_BYTES_MAX,
        IN_FLIGHT_MAX,
        QUEUED_MESSAGES_MAX,
        (long) Limits.QUEUED_MESSAGES_MAX * Limits.PACKET_BYTES_MAX,
        HiveConfigXml.KEEP_ALIVE_SECONDS_MAX,
        port,
        bindAddress,
        files.ca(),
        files.certificate(),
        files.key(),
        files.revocationList());
  }

  /**
   * Returns the ACL file of one tenant.
   *
   * @param revoked devices whose live connections lose all rights when Mosquitto reloads the file
   */
  public static String acl(String tenant, Collection<String> revoked) {
    Topics topics = new Topics(tenant);
    String own = topics.prefix() + "d/%u/";
    StringBuilder text = new StringBuilder("# Drover. %u is the common name.\n");
    text.append("user ").append(Identity.hub(tenant).commonName()).append('\n');
    text.append("topic readwrite ").append(topics.prefix()).append("#\n");
    for (String device : revoked) {
      for (Identity identity :
          new Identity[] {Identity.device(tenant, device), Identity.bulk(tenant, device)}) {
        text.append("user ").append(identity.commonName()).append("\ntopic deny #\n");
      }
    }
    for (Topic.Channel channel : Topic.Channel.values()) {
      String verb = channel == Topic.Channel.CMD ? "read" : "write";
      text.append("pattern ").append(verb).append(' ').append(own).append(channel.word());
      text.append('\n');
    }
    for (String readable : new String[] {"root/+", "timestamp", "meta/+/+", "chunk/+"}) {
      text.append("pattern read ").append(topics.prefix()).append("repo/").append(readable);
      text.append('\n');
    }
    return text.toString();
  }
}
