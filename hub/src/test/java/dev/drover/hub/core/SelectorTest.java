package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.testkit.Fuzz;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import dev.drover.v1.NetworkCost;
import dev.drover.v1.PowerSource;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorTest {
  private static final long NOW = 1_000_000_000;
  private static final Device CAMERA =
      Devices.online("cam-1")
          .putLabels("site", "hall3")
          .putLabels("role", "camera")
          .putLabels("memory", "ecc")
          .putLabels("floor", "3")
          .putLabels("grade", "-2.5")
          .setLastSeenMs(NOW - 90_000)
          .setClockSkewMs(-4_000)
          .setRecentFailures(4_000)
          .setRecentFailuresMs(NOW - 2 * RecentFailures.HALF_LIFE_MS)
          .setInstalled(Devices.installed(0xab, 0xcd))
          .setResidentModel("smollm2-135m")
          .setRelease("demo/1")
          .setHealth(
              Devices.online("cam-1").getHealth().toBuilder()
                  .setPower(PowerSource.BATTERY)
                  .setBatteryPermille(375)
                  .setNetwork(NetworkCost.UNMETERED)
                  .setCrashes(2))
          .build();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   ",
        "site=hall3",
        "site==hall3",
        " site = hall3 , role=camera ",
        "role in (camera, gateway)",
        "role in (gateway,camera)",
        "role not in (gateway)",
        "owner not in (anna)",
        "site",
        "!retired",
        "! retired",
        "site!=hall4",
        "owner!=anna",
        "memory>=2GiB",
        "memory>=4GiB",
        "memory<5GB",
        "memory>4294967295",
        "memory.available<=2048MiB",
        "disk>10GiB",
        "cpus=4",
        "cpus in (2, 4)",
        "cpus!=8",
        "load<50",
        "temperature<41.6",
        "temperature>-10",
        "busy=0",
        "arch=aarch64",
        "arch=arm64",
        "state=online",
        "device in (cam-1, cam-2)",
        "version=1.2.0",
        "tool=files.read",
        "model",
        "model=resident",
        "model=cdcd",
        "model=smollm2-135m",
        "release=demo/1",
        "release=abab",
        "label.memory=ecc",
        "floor>=3, floor<4",
        "grade<-2",
        "floor=3",
        "label.floor>2",
        "version>=1.2, version<1.10.3",
        "version>1",
        "power=battery, battery>=35, battery<40",
        "network=unmetered",
        "network not in (metered)",
        "crashes<=2",
        "failures=1",
        "seen<2m, seen>=1m",
        "seen<1d",
        "skew>3s, skew<=4000ms",
        "site=hall3, role in (camera, gateway), memory>=2GiB, !retired, arch=aarch64,"
            + " model=cdcdcdcd"
      })
  void selector_thatHolds_matches(String text) {
    assertTrue(Selector.parse(text).matches(CAMERA, NOW));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "site=hall4",
        "site=hall",
        "role in (gateway)",
        "role not in (camera)",
        "!site",
        "owner",
        "owner=anna",
        "owner in (anna)",
        "memory>4GiB",
        "memory>=4.1GiB",
        "memory<=4GB",
        "memory=ecc4, site=hall3",
        "cpus!=4",
        "arch=x86_64",
        "state=offline",
        "tool=files.delete",
        "model=cdc",
        "model=abab",
        "model!=resident",
        "release=cdcd",
        "site=hall3, role=gateway",
        "floor>3",
        "site>3",
        "floor=3.0",
        "version<1.2.0",
        "power=mains",
        "battery>90",
        "network=metered",
        "failures>1",
        "seen>1h",
        "skew<1s"
      })
  void selector_thatDoesNotHold_doesNotMatch(String text) {
    if (text.startsWith("memory=ecc4")) {
      assertThrows(DroverException.class, () -> Selector.parse(text));
      return;
    }
    assertTrue(!Selector.parse(text).matches(CAMERA, NOW));
  }

  @Test
  void comparison_ofWhatTheDeviceNeverSaid_doesNotHold() {
    Device silent = Device.newBuilder().setDevice("d").setState(DeviceState.ENROLLED).build();

    for (String text :
        new String[] {
          "memory>=0",
          "memory<1GiB",
          "cpus=0",
          "load<=0",
          "memory",
          "battery<50",
          "seen<1h",
          "version>0",
          "power",
          "skew<1h"
        }) {
      assertTrue(!Selector.parse(text).matches(silent, NOW), text);
    }
    assertTrue(Selector.parse("!memory, memory!=4GiB").matches(silent, NOW));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "=hall3|1",
        "site=|6",
        "site=,role=x|6",
        "site hall3|6",
        "site=a,|8",
        "site=a,,b|8",
        "role in camera|9",
        "role in (camera|16",
        "role in ()|10",
        "role in (a,)|12",
        "role not (a)|10",
        "memory>=lots|9",
        "memory=ecc|8",
        "state>3|6",
        "site>x|6",
        "seen<10|6",
        "seen=10|6",
        "battery>50%|11",
        "version>=new|10",
        "power>3|6",
        "site=a;b|7",
        "site=hällo|7",
        "!|2",
        "memory>=2GiBB|9",
      })
  void selector_thatDoesNotParse_pointsAtTheColumn(String text, int column) {
    DroverException refused = assertThrows(DroverException.class, () -> Selector.parse(text), text);

    assertEquals(ErrorCode.SELECTOR_INVALID, refused.code());
    String message = String.valueOf(refused.getMessage());
    String[] lines = message.split("\n", -1);
    assertTrue(lines[0].startsWith("At column " + column + ", "), message);
    assertEquals(text, lines[1]);
    assertEquals(" ".repeat(column - 1) + "^", lines[2]);
  }

  @Test
  void selector_withControlCharacters_showsSpacesInstead() {
    DroverException refused =
        assertThrows(DroverException.class, () -> Selector.parse("a=b\n\u001b[1m"));

    assertEquals("a=b  [1m", String.valueOf(refused.getMessage()).split("\n", -1)[1]);
  }

  @Test
  void selector_thatIsTooLong_isRefused() {
    DroverException refused =
        assertThrows(DroverException.class, () -> Selector.parse("a".repeat(1025)));

    assertEquals(ErrorCode.LIMIT_EXCEEDED, refused.code());
  }

  @Test
  void emptySelector_isEvery() {
    assertSame(Selector.EVERY, Selector.parse(" "));
    assertEquals("site=a", Selector.parse("site=a").toString());
  }

  @Test
  void selectors_damaged_areRefused() {
    Fuzz.text(
        33,
        List.of("site=hall3", "site in (a, b), !old", "a=1, b!=2, c", "role not in (x)"),
        Selector::parse);
  }
}
