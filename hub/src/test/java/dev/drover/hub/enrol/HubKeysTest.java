package dev.drover.hub.enrol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.config.Config;
import dev.drover.hub.config.HubConfig;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubKeysTest {
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

  @TempDir Path data;

  @Test
  void keys_openedAgain_areTheSame() {
    HubKeys first = open("hall");
    assertEquals("hall", first.authority().tenant());
    assertEquals(first.authority().pin(), open("hall").authority().pin());
  }

  @Test
  void keys_ofAnotherTenant_areNotUsed() {
    String pin = open("hall").authority().pin();

    DroverException refused = assertThrows(DroverException.class, () -> open("yard"));
    assertEquals(ErrorCode.CONFIG_INVALID_VALUE, refused.code());
    assertTrue(refused.getMessage().contains("hall"), refused.getMessage());
    assertEquals(pin, open("hall").authority().pin());
  }

  private HubKeys open(String tenant) {
    HubConfig config =
        Config.read(HubConfig.class, Map.of("data-dir", data.toString(), "tenant", tenant));
    return HubKeys.open(data.resolve("keys"), config, new SecureRandom(), NOW);
  }
}
