package dev.drover.deploy.doctor;

import dev.drover.crypto.Certificates;
import dev.drover.engine.StoreDirectory;
import dev.drover.hub.HubAssembly;
import dev.drover.hub.config.HubConfig;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.term.Terminal;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A hub's directory, which exists. */
final class HubChecks {
  private final Findings findings;
  private final Path data;
  private final Instant now;

  HubChecks(Findings findings, HubConfig config, Instant now) {
    this.findings = findings;
    this.data = config.dataDir().toAbsolutePath();
    this.now = now;
  }

  /** Looks at the store; returns whether a hub runs on it. */
  boolean process() {
    Path store = HubAssembly.storeDirectory(data);
    boolean[] runs = new boolean[1];
    findings.look(
        "store",
        () -> {
          Optional<String> version = StoreDirectory.requireReadable(store, StoreSchema.first());
          runs[0] = StoreDirectory.isHeld(store);
          if (version.isEmpty()) {
            findings.info("store", "none yet; the first `drover hub run` makes it");
          } else {
            findings.ok(
                "store", version.get() + (runs[0] ? ", a hub runs on it" : ", no hub runs on it"));
          }
        });
    return runs[0];
  }

  /** Looks at brokers of others that the hub uses: who is there, and by whose certificate. */
  void brokers(List<String> addresses, SecureRandom random) {
    Path keys = HubAssembly.keysDirectory(data);
    for (String address : addresses) {
      findings.look(
          "broker",
          () -> {
            HostPort peer = HostPort.parse(address);
            List<X509Certificate> shown = TlsProbe.shown(peer, random);
            if (shown.isEmpty()) {
              findings.fail(
                  "broker",
                  ErrorCode.UNAVAILABLE,
                  "At " + peer + " nothing speaks TLS.",
                  "Start the broker there; `drover hub broker-config` writes a Mosquitto's files.");
              return;
            }
            var unused = Certificates.requireIssuedBy(HubKeys.caCertificate(keys), shown.get(0));
            findings.ok("broker", peer + " answers, with a certificate by this hub's CA");
          });
    }
  }

  void keys() {
    Path keys = HubAssembly.keysDirectory(data);
    if (Files.notExists(HubAssembly.storeDirectory(data))) {
      return;
    }
    findings.look("keys", () -> Trees.secrets(findings, "keys", HubKeys.secrets(keys)));
    findings.look(
        "CA",
        () -> {
          X509Certificate ca = HubKeys.caCertificate(keys);
          Instant end = ca.getNotAfter().toInstant();
          String until = Terminal.time(end.toEpochMilli());
          if (now.isAfter(end)) {
            findings.fail(
                "CA",
                ErrorCode.CERTIFICATE_EXPIRED,
                "It ended at " + until + ".",
                "Set the clock if it is wrong; else begin a new hub and enrol again.");
          } else if (now.isBefore(ca.getNotBefore().toInstant())) {
            findings.fail(
                "CA",
                ErrorCode.CLOCK_UNTRUSTED,
                "It is not valid yet, by the clock of this machine.",
                ErrorCode.CLOCK_UNTRUSTED.nextStep());
          } else {
            findings.ok("CA", "until " + until);
          }
        });
  }
}
