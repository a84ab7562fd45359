package dev.drover.deploy.doctor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.cli.AgentSettings;
import dev.drover.agent.config.AgentConfig;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.deploy.doctor.Finding.Level;
import dev.drover.hub.HubAssembly;
import dev.drover.hub.HubFixture;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionChecksTest {
  private final Clock clock = Clock.systemUTC();
  private final Seen seen = new Seen();

  @TempDir static Path data;
  private static HubFixture hub;

  @TempDir Path base;

  @BeforeAll
  static void start() {
    hub = HubFixture.withoutBroker(data);
  }

  @AfterAll
  static void stop() {
    hub.close();
  }

  @Test
  void operator_withCredentialsOfTheHub_isAnswered() {
    checks(clock).operator(hub.address(), admin());
    assertTrue(seen.only("hub", Level.OK).detail().contains("0 of 0 devices"));
    assertTrue(seen.of("credentials").stream().allMatch(found -> found.level() == Level.OK));
    seen.only("clocks", Level.OK);
  }

  @Test
  void clock_offByMinutesOrDays_isTold() {
    checks(Clock.offset(clock, Duration.ofSeconds(330))).operator(hub.address(), admin());
    assertTrue(seen.only("clocks", Level.WARN).detail().contains("5 min ahead of"));

    Seen far = new Seen();
    new ConnectionChecks(far.findings, Clock.offset(clock, Duration.ofHours(-84)))
        .operator(hub.address(), admin());
    assertTrue(far.failed("clocks", ErrorCode.CLOCK_UNTRUSTED).detail().contains("3 d behind"));
  }

  @Test
  void operator_withOpenCredentials_isTold() throws IOException {
    Path open = Files.copy(admin(), base.resolve("open.pem"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-rw-rw-"));
    checks(clock).operator(hub.address(), open);
    assertTrue(
        seen.of("credentials").stream().anyMatch(found -> found.level() == Level.FAIL),
        () -> seen.findings.all().toString());
  }

  @Test
  void operator_withoutCredentials_isTold() {
    checks(clock).operator(hub.address(), base.resolve("nobody.pem"));
    seen.failed("credentials", ErrorCode.NOT_FOUND);
  }

  @Test
  void operator_ofAnotherHub_seesThatTheCaIsNotTheRightOne() {
    try (HubFixture other = HubFixture.withoutBroker(base.resolve("other"))) {
      checks(clock).operator(other.address(), admin());
    }
    seen.failed("hub", ErrorCode.CA_MISMATCH);
  }

  @Test
  void hub_thatDoesNotRun_isTold() throws IOException {
    checks(clock).operator("localhost:" + freePort(), admin());
    seen.failed("hub", ErrorCode.UNAVAILABLE);
  }

  @Test
  void device_ofTheHub_reachesIt_butNoBroker() throws IOException {
    CertificateAuthority authority =
        CertificateAuthority.load(
            data.resolve("keys/ca.key"), data.resolve("keys/ca.crt"), new SecureRandom());
    checks(clock)
        .device(
            Identities.issued(authority, clock.instant(), hub.address(), "localhost:" + freePort()),
            agent(""));
    seen.only("hub of device", Level.OK);
    seen.failed("broker", ErrorCode.UNAVAILABLE);
  }

  @Test
  void device_ofAnotherHub_seesThatTheCaIsNotTheRightOne() {
    checks(clock)
        .device(Identities.issued(clock.instant(), hub.address(), hub.address()), agent(""));
    seen.failed("hub of device", ErrorCode.CA_MISMATCH);
    seen.failed("broker", ErrorCode.CA_MISMATCH);
  }

  @Test
  void device_behindAProxy_looksAtTheProxy() throws IOException {
    checks(clock)
        .device(
            Identities.issued(clock.instant(), "hub.invalid:1", "hub.invalid:2"),
            agent("127.0.0.1:" + freePort()));
    seen.failed("proxy", ErrorCode.UNAVAILABLE);
  }

  private ConnectionChecks checks(Clock by) {
    return new ConnectionChecks(seen.findings, by);
  }

  private Path admin() {
    return HubAssembly.firstOperatorFile(data);
  }

  private AgentConfig agent(String proxy) {
    return AgentSettings.config(Map.of(), null, base.resolve("agent"), Map.of("proxy", proxy));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
