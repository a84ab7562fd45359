package dev.drover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
  enum Level {
    LOW,
    VERY_HIGH
  }

  record Sample(
      @ConfigKey(value = "data-dir", doc = "Where state lives.") Path dataDir,
      @ConfigKey(value = "heartbeat", doc = "Pause.", byDefault = "30s", min = "1s", max = "1h")
          Duration heartbeat,
      @ConfigKey(value = "cache", doc = "Memory.", byDefault = "64MiB") DataSize cache,
      @ConfigKey(value = "port", doc = "Port.", byDefault = "8443", min = "0", max = "65535")
          int port,
      @ConfigKey(value = "hubs", doc = "Hubs.", byDefault = "") List<String> hubs,
      @ConfigKey(value = "level", doc = "Level.", byDefault = "low") Level level,
      @ConfigKey(value = "password", doc = "Secret.", byDefault = "", secret = true)
          String password) {}

  private static DroverException refused(String text) {
    return assertThrows(
        DroverException.class, () -> Config.read(Sample.class, Config.text("test", text)));
  }

  @Test
  void read_everyType_parses() {
    Sample sample =
        Config.read(
            Sample.class,
            Config.text(
                "test",
                "# comment\n\ndata-dir = d\nheartbeat = 90s\ncache=1GiB\nport = 1\n"
                    + "hubs = a:1, b:2\nlevel = very-high\npassword = x=y\n"));
    assertEquals(
        new Sample(
            Path.of("d"),
            Duration.ofSeconds(90),
            new DataSize(1L << 30),
            1,
            List.of("a:1", "b:2"),
            Level.VERY_HIGH,
            "x=y"),
        sample);
  }

  @Test
  void read_unknownKey_namesTheNearest() {
    DroverException refused = refused("data-dir = d\nhartbeat = 1s");
    assertEquals(ErrorCode.CONFIG_UNKNOWN_KEY, refused.code());
    assertTrue(refused.forPerson().contains("nearest is heartbeat"), refused.forPerson());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "heartbeat = 30",
        "heartbeat = 0s",
        "heartbeat = 2h",
        "port = 65536",
        "port = eighty",
        "cache = 64MB",
        "cache = 99999999999999TiB",
        "level = medium",
        "just words",
        "port = 1\nport = 2"
      })
  void read_wrongValue_isRefused(String line) {
    assertEquals(ErrorCode.CONFIG_INVALID_VALUE, refused("data-dir = d\n" + line).code());
  }

  @Test
  void read_missingRequiredKey_isRefused() {
    assertTrue(refused("port = 1").forPerson().contains("data-dir must be given"));
  }

  @Test
  void effective_masksSecrets() {
    Sample sample = Config.read(Sample.class, Map.of("data-dir", "d", "password", "hunter2"));
    assertEquals(
        List.of(
            "data-dir = d",
            "heartbeat = 30s",
            "cache = 64MiB",
            "port = 8443",
            "hubs = ",
            "level = low",
            "password = ***"),
        Config.effective(sample));
  }

  @Test
  void reference_listsKeyTypeDefaultAndMeaning() {
    String table = Config.reference(Sample.class);
    assertTrue(
        table.contains("| `heartbeat` | duration (ms, s, m, h, d), 1s to 1h | `30s` | Pause. |"),
        table);
    assertTrue(table.contains("| `data-dir` | path | (must be given) |"), table);
  }

  @Test
  void dataSize_forPerson_hasOneDecimal() {
    assertEquals("1.5 GiB", new DataSize(3L << 29).forPerson());
    assertEquals("100 B", new DataSize(100).forPerson());
    assertEquals("1536MiB", new DataSize(3L << 29).toString());
  }
}
