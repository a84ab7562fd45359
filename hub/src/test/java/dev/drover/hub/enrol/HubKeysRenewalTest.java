package dev.drover.hub.enrol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.config.Config;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.config.HubConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubKeysRenewalTest {
  private static final Instant NOW = Instant.parse("2027-01-01T00:00:00Z");

  @TempDir Path directory;

  @Test
  void certificatesOfTheHub_areRenewedAtTwoThirdsOfTheirLife() throws Exception {
    HubConfig config = Config.read(HubConfig.class, Map.of("data-dir", directory.toString()));
    Path files = directory.resolve("keys");
    HubKeys keys = HubKeys.open(files, config, new SecureRandom(), NOW);
    assertEquals(
        PosixFilePermissions.fromString("rwx------"), Files.getPosixFilePermissions(files));
    TlsMaterial server = keys.server();
    TlsMaterial client = keys.brokerClient();
    Instant due = Certificates.renewAt(server.certificate());

    assertFalse(keys.renewIfDue(due.minusSeconds(1)));
    assertEquals(server, keys.server());

    assertTrue(keys.renewIfDue(due));
    assertNotEquals(server.key(), keys.server().key());
    assertNotEquals(client.key(), keys.brokerClient().key());
    assertEquals(server.ca(), keys.server().ca());
    Certificates.requireValid(
        keys.server().certificate(), server.certificate().getNotAfter().toInstant());
    assertFalse(keys.renewIfDue(due.plusSeconds(1)));
  }
}
