package dev.drover.hub;

import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.config.HubConfig;
import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.hub.fleet.FleetService;
import dev.drover.hub.fleet.RevokedSerials;
import dev.drover.hub.link.EmbeddedBroker;
import dev.drover.hub.link.EmbeddedBrokerConfig;
import dev.drover.hub.link.ExternalBrokerConfig;
import dev.drover.hub.link.MosquittoFiles;
import dev.drover.hub.link.MqttBrokerLink;
import dev.drover.hub.link.RecordingBrokerLink;
import dev.drover.v1.DeviceState;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import dev.drover.wire.Identity.Role;
import dev.drover.wire.Topics;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The broker as the configuration wants it: embedded, or elsewhere with its files kept here. */
final class HubBroker {
  private static final Logger LOG = LoggerFactory.getLogger(HubBroker.class);
  private static final Duration CUTTER_LIFE = Duration.ofHours(1);

  private final HubConfig config;
  private final RevokedSerials revoked;
  private final Clock clock;
  private final BrokerLink link;
  private final @Nullable EmbeddedBroker embedded;
  private final @Nullable MosquittoFiles files;
  private volatile @Nullable FleetService fleet;

  HubBroker(
      HubConfig config, HubKeys keys, RevokedSerials revoked, Clock clock, SecureRandom random) {
    this.config = config;
    this.revoked = revoked;
    this.clock = clock;
    EmbeddedBroker inside =
        config.brokerExternal().isEmpty()
            ? new EmbeddedBroker(
                EmbeddedBrokerConfig.of(
                    config.tenant(),
                    config.brokerBind(),
                    config.brokerPort(),
                    config.dataDir().resolve("broker")),
                keys.server(),
                revoked,
                random)
            : null;
    this.embedded = inside;
    BrokerLink bare =
        inside != null
            ? inside
            : new MqttBrokerLink(
                ExternalBrokerConfig.of(
                    config.tenant(),
                    config.brokerExternal().stream().map(HostPort::parse).toList()),
                keys::brokerClient,
                clock,
                random,
                identity -> afterRevocation(),
                identity -> inPlaceOf(identity, keys.authority(), clock, random),
                this::isKeptAway);
    this.link =
        config.brokerRecord().isEmpty()
            ? bare
            : new RecordingBrokerLink(
                bare, new Topics(config.tenant()), Path.of(config.brokerRecord()));
    this.files =
        config.brokerFiles().isEmpty()
            ? null
            : new MosquittoFiles(
                config.inData(Path.of(config.brokerFiles())), config.tenant(), keys.authority());
  }

  /** Makes a certificate of a client whose connection is to be cut. */
  private static TlsMaterial inPlaceOf(
      Identity identity, CertificateAuthority authority, Clock clock, SecureRandom random) {
    KeyPair pair = KeyFiles.newP256(random);
    return new TlsMaterial(
        pair.getPrivate(),
        authority.issueClient(identity, pair.getPublic(), clock.instant(), CUTTER_LIFE),
        authority.certificate());
  }

  /** Returns whether it is a revoked device; others may have another certificate by now. */
  private boolean isKeptAway(Identity identity) {
    FleetService known = fleet;
    boolean device = identity.role() == Role.DEVICE || identity.role() == Role.BULK;
    return device
        && known != null
        && known
            .devices()
            .find(identity.name())
            .filter(found -> found.getState() == DeviceState.REVOKED)
            .isPresent();
  }

  BrokerLink link() {
    return link;
  }

  /** Returns the addresses as devices get them; call it when the link is started. */
  List<String> addresses() {
    EmbeddedBroker inside = embedded;
    if (inside == null) {
      return config.brokerExternal().stream().map(address -> "mqtts://" + address).toList();
    }
    return config.addresses().stream()
        .map(address -> address.indexOf(':') >= 0 ? "[" + address + "]" : address)
        .map(host -> "mqtts://" + host + ":" + inside.port())
        .toList();
  }

  /** Keeps the files of an external broker in step with this fleet from now on. */
  void keepFilesOf(FleetService running) {
    fleet = running;
    updateFiles();
  }

  /** Hands the hub's new certificate on; an external broker sees it at the next connection. */
  void renewed(HubKeys keys) {
    EmbeddedBroker inside = embedded;
    if (inside != null) {
      inside.renew(keys.server());
    }
  }

  private CompletionStage<Void> afterRevocation() {
    try {
      updateFiles();
      return CompletableFuture.completedFuture(null);
    } catch (RuntimeException failed) {
      return CompletableFuture.failedFuture(failed);
    }
  }

  private void updateFiles() {
    MosquittoFiles kept = files;
    FleetService known = fleet;
    if (kept == null || known == null) {
      return;
    }
    if (kept.update(revoked.all(), known.devices().revoked(), clock.instant())) {
      LOG.atWarn()
          .addKeyValue("config", kept.config())
          .log("Wrote who is revoked for the broker, which must reload it now: send it SIGHUP");
    }
  }
}
