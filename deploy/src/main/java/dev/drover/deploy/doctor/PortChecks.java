package dev.drover.deploy.doctor;

import dev.drover.crypto.Certificates;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import dev.drover.wire.ListenFailure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/** Ports that a hub on this machine listens on. */
final class PortChecks {
  private final Findings findings;
  private final SecureRandom random;

  PortChecks(Findings findings, SecureRandom random) {
    this.findings = findings;
    this.random = random;
  }

  /**
   * Looks at a port.
   *
   * @param key by which it is set
   * @param bind address that a hub would listen on
   * @param wanted whether there is a hub here that does not run and would listen on it
   */
  void port(String key, String bind, int port, boolean wanted) {
    String name = "port " + port;
    if (port == 0) {
      findings.info("port", "any free one: " + key + " is 0");
      return;
    }
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(bind, port));
      findings.ok(name, "free");
    } catch (IOException | RuntimeException refused) {
      DroverException why = ListenFailure.of("A hub", bind, port, refused);
      if (why.code() == ErrorCode.PORT_IN_USE) {
        taken(key, bind, port, wanted);
      } else if (wanted) {
        findings.fail(name, why);
      } else {
        findings.warn(name, String.valueOf(why.getMessage()), why.nextStep());
      }
    }
  }

  private void taken(String key, String bind, int port, boolean wanted) {
    String name = "port " + port;
    Optional<Identity> hub = hub(bind, port);
    if (hub.isPresent()) {
      findings.ok(name, "a hub of tenant " + hub.get().tenant() + " listens");
      return;
    }
    String who = PortOwner.of(port).map(found -> "process " + found).orElse("another process");
    String next = "Stop it, or give the hub another port: --set " + key + "=PORT";
    if (wanted) {
      findings.fail(name, ErrorCode.PORT_IN_USE, who + " has it, no hub", next);
    } else {
      findings.warn(name, who + " has it, no hub", next);
    }
  }

  private Optional<Identity> hub(String bind, int port) {
    boolean any = bind.equals("::") || bind.equals("0.0.0.0");
    List<X509Certificate> shown =
        TlsProbe.shown(new HostPort(any ? "localhost" : bind, port), random);
    return shown.isEmpty()
        ? Optional.empty()
        : Certificates.identity(shown.get(0))
            .filter(identity -> identity.role() == Identity.Role.SERVER);
  }
}
