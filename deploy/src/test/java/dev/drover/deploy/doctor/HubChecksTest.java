package dev.drover.deploy.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.deploy.doctor.Finding.Level;
import dev.drover.hub.HubFixture;
import dev.drover.hub.cli.HubCommand;
import dev.drover.hub.config.HubConfig;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubChecksTest {
  private final Clock clock = Clock.systemUTC();

  @TempDir Path data;

  @Test
  void hub_runningThenStopped_isSound() {
    Seen running = new Seen();
    try (HubFixture hub = HubFixture.withoutBroker(data)) {
      assertEquals(data, hub.data());
      assertTrue(at(running, clock.instant()).process());
    }
    assertTrue(running.only("store", Level.OK).detail().endsWith("a hub runs on it"));

    Seen stopped = new Seen();
    HubChecks checks = at(stopped, clock.instant());
    assertFalse(checks.process());
    checks.keys();
    stopped.only("keys", Level.OK);
    stopped.only("CA", Level.OK);
    assertTrue(stopped.only("store", Level.OK).detail().endsWith("no hub runs on it"));
  }

  @Test
  void keys_openOrGone_areWrong() throws IOException {
    HubFixture.withoutBroker(data).close();
    Path open = data.resolve("keys/command.key");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r-----"));
    Seen seen = new Seen();
    at(seen, clock.instant()).keys();
    assertTrue(seen.failed("keys", ErrorCode.PERMISSION_DENIED).next().contains(open.toString()));

    Files.delete(open);
    Seen again = new Seen();
    at(again, clock.instant()).keys();
    assertTrue(again.failed("keys", ErrorCode.STORE_FAILED).detail().contains("command.key"));
  }

  @Test
  void ca_byAWrongClock_isTold() {
    HubFixture.withoutBroker(data).close();
    Seen ended = new Seen();
    at(ended, clock.instant().plus(Duration.ofDays(30 * 365))).keys();
    ended.failed("CA", ErrorCode.CERTIFICATE_EXPIRED);

    Seen early = new Seen();
    at(early, Instant.EPOCH).keys();
    early.failed("CA", ErrorCode.CLOCK_UNTRUSTED);
  }

  @Test
  void brokerOfOthers_isTriedAndItsCertificateChecked() throws IOException {
    Path other = Files.createDirectory(data.resolve("other"));
    Path own = Files.createDirectory(data.resolve("own"));
    try (HubFixture stranger = HubFixture.withoutBroker(other);
        HubFixture hub = HubFixture.withoutBroker(own)) {
      Seen seen = new Seen();
      new HubChecks(seen.findings, config(own), clock.instant())
          .brokers(List.of(hub.address(), stranger.address(), "localhost:1"), new SecureRandom());
      List<Finding> brokers = seen.of("broker");
      assertEquals(
          List.of("", "CA_MISMATCH", "UNAVAILABLE"),
          brokers.stream().map(Finding::code).toList(),
          brokers::toString);
    }
  }

  private HubChecks at(Seen seen, Instant now) {
    return new HubChecks(seen.findings, config(data), now);
  }

  private static HubConfig config(Path data) {
    return HubCommand.config(Map.of(), null, data, Map.of());
  }
}
