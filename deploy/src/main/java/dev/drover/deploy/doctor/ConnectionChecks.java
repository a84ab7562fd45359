package dev.drover.deploy.doctor;

import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.cli.HubConnection;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.term.Terminal;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.HubInfo;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.HostPort;
import dev.drover.wire.Unreached;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The way to a hub: an operator's, and a device's. */
final class ConnectionChecks {
  private static final String START = "Start it, or name the right one with --hub or DROVER_HUB.";
  private static final String ALONE =
      "Start the hub or mend the way to it; the device works alone meanwhile.";
  private static final int CALL_SECONDS = 10;
  private static final int CONNECT_MS = 5000;
  private static final String SCHEME = "mqtts://";
  private static final Duration OFF_BY_LITTLE = Duration.ofMinutes(1);

  /** Beyond it the hub refuses to renew a certificate. */
  private static final Duration OFF_BY_FAR = Duration.ofDays(2);

  private static final Duration SOON = Duration.ofDays(30);

  private final Findings findings;
  private final Clock clock;

  ConnectionChecks(Findings findings, Clock clock) {
    this.findings = findings;
    this.clock = clock;
  }

  /** Calls the hub as an operator. */
  void operator(String address, Path credentials) {
    findings.look(
        "credentials",
        () -> {
          OperatorCredentials operator = OperatorCredentials.load(credentials);
          Trees.secrets(findings, "credentials", List.of(credentials));
          certificate(operator.certificate());
          hub(address, operator);
        });
  }

  private void certificate(X509Certificate certificate) {
    Instant end = certificate.getNotAfter().toInstant();
    String until = "until " + Terminal.time(end.toEpochMilli());
    if (clock.instant().isAfter(end)) {
      findings.fail(
          "credentials",
          ErrorCode.CERTIFICATE_EXPIRED,
          "They ended at " + Terminal.time(end.toEpochMilli()) + ".",
          "Let an admin add you again: drover operator add NAME --role ROLE --out FILE");
    } else if (clock.instant().plus(SOON).isAfter(end)) {
      findings.warn("credentials", until, "Let an admin add you again before they end.");
    } else {
      findings.ok("credentials", until);
    }
  }

  private void hub(String address, OperatorCredentials operator) {
    try (HubConnection connection = HubConnection.open(address, operator)) {
      long before = clock.millis();
      HubInfo info =
          connection
              .streams()
              .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
              .getHub(GetHubRequest.getDefaultInstance());
      long after = clock.millis();
      findings.ok(
          "hub",
          address
              + " answers, version "
              + info.getVersion()
              + ", tenant "
              + info.getTenant()
              + ", "
              + info.getDevicesOnline()
              + " of "
              + info.getDevices()
              + " devices online");
      compare(info.getTimeMs(), before + (after - before) / 2);
    } catch (StatusRuntimeException refused) {
      DroverException why = GrpcErrors.parse(refused);
      boolean absent = why.code() == ErrorCode.UNAVAILABLE;
      findings.fail("hub", absent ? why.withNextStep(START) : why);
    }
  }

  private void compare(long hubMs, long hereMs) {
    Duration off = Duration.ofMillis(Math.abs(hubMs - hereMs));
    String seen =
        "this machine's clock is "
            + Terminal.ago(Math.min(hubMs, hereMs), Math.max(hubMs, hereMs))
            + (hereMs < hubMs ? " behind" : " ahead of")
            + " the hub's";
    String next = "Set the one that is wrong, or let a time service do it.";
    if (off.compareTo(OFF_BY_FAR) > 0) {
      findings.fail("clocks", ErrorCode.CLOCK_UNTRUSTED, seen, next);
    } else if (off.compareTo(OFF_BY_LITTLE) > 0) {
      findings.warn("clocks", seen, next);
    } else {
      findings.ok("clocks", "this machine's and the hub's agree");
    }
  }

  /** Shakes hands with the hub and the broker of a device, without taking its session over. */
  void device(DeviceIdentity identity, AgentConfig config) {
    if (!config.proxy().isEmpty()) {
      proxy(HostPort.parse(config.proxy()));
      return;
    }
    TlsMaterial tls = identity.control();
    any("hub of device", identity.hubs(), tls);
    List<String> brokers =
        identity.brokers().stream()
            .map(b -> b.startsWith(SCHEME) ? b.substring(SCHEME.length()) : b)
            .toList();
    any("broker", brokers, tls);
  }

  /** One address that answers is enough: a device tries them in turn. */
  private void any(String name, List<String> addresses, TlsMaterial tls) {
    @Nullable DroverException first = null;
    for (String address : addresses) {
      HostPort peer = HostPort.parse(address);
      try {
        TlsProbe.trusted(peer, tls, clock.instant());
        findings.ok(name, peer + " answers, with the CA of the enrolment");
        return;
      } catch (IOException failed) {
        DroverException why = why(peer, failed);
        // What a certificate says is worth more than that one address is silent.
        boolean silent = first != null && first.code() == ErrorCode.UNAVAILABLE;
        first = first == null || (silent && why.code() != ErrorCode.UNAVAILABLE) ? why : first;
      }
    }
    if (first != null) {
      boolean silent = first.code() == ErrorCode.UNAVAILABLE;
      findings.fail(name, silent ? first.withNextStep(ALONE) : first);
    }
  }

  private static DroverException why(HostPort peer, IOException failed) {
    return Unreached.why("The peer at " + peer, failed)
        .orElseGet(
            () ->
                new DroverException(
                    ErrorCode.UNAVAILABLE,
                    "The peer at " + peer + " does not answer: " + failed.getMessage() + ".",
                    failed));
  }

  private void proxy(HostPort proxy) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(proxy.host(), proxy.port()), CONNECT_MS);
      findings.ok("proxy", proxy + " answers; hub and broker are reached through it");
    } catch (IOException failed) {
      findings.fail("proxy", why(proxy, failed));
    }
  }
}
