package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TopicsTest {
  private static final String SHA = "0123456789abcdef".repeat(4);
  private final Topics topics = new Topics("home");

  @Test
  void names_madeForTenant_areTheDocumentedOnes() {
    assertEquals("drover/v1/home/d/lamp-1/cmd", topics.cmd("lamp-1"));
    assertEquals("drover/v1/home/d/lamp-1/audit", topics.device("lamp-1", Topic.Channel.AUDIT));
    assertEquals("drover/v1/home/repo/root/7", topics.root(7));
    assertEquals("drover/v1/home/repo/timestamp", topics.timestamp());
    assertEquals("drover/v1/home/repo/meta/3/targets", topics.meta(3, "targets"));
    assertEquals("drover/v1/home/repo/meta/3/a%2F%2B%23%C3%A9", topics.meta(3, "a/+#é"));
    assertEquals("drover/v1/home/repo/chunk/" + SHA, topics.chunk(SHA));
    assertEquals("drover/v1/home/d/+/evt", topics.everyDevice(Topic.Channel.EVT));
  }

  @Test
  void names_parsedBack_giveTheSameTopic() {
    for (Topic topic :
        new Topic[] {
          new Topic.OfDevice("t", "d", Topic.Channel.CMD),
          new Topic.OfDevice("t", "d", Topic.Channel.PRESENCE),
          new Topic.OfRoot("t", 999_999_999_999_999_999L),
          new Topic.OfTimestamp("t"),
          new Topic.OfMeta("t", 1, "../%é/#"),
          new Topic.OfChunk("t", SHA)
        }) {
      assertEquals(Optional.of(topic), Topics.parse(Topics.name(topic)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "drover/v1/",
        "drover/v1/home",
        "drover/v1/home/",
        "drover/v2/home/repo/timestamp",
        "drover/v1/Home/repo/timestamp",
        "drover/v1/home/repo/timestamp/",
        "drover/v1/home/repo/root/0",
        "drover/v1/home/repo/root/01",
        "drover/v1/home/repo/root/-1",
        "drover/v1/home/repo/root/9999999999999999999",
        "drover/v1/home/repo/meta/1/",
        "drover/v1/home/repo/meta/1/a/b",
        "drover/v1/home/repo/meta/1/a%2f",
        "drover/v1/home/repo/meta/1/%41",
        "drover/v1/home/repo/meta/1/%4",
        "drover/v1/home/repo/meta/1/%FF",
        "drover/v1/home/repo/meta/1/é",
        "drover/v1/home/repo/chunk/00",
        "drover/v1/home/repo/chunk/+",
        "drover/v1/home/repo/#",
        "drover/v1/home/d/+/cmd",
        "drover/v1/home/d/#",
        "drover/v1/home/d/a/cmd/x",
        "drover/v1/home/d/a/other",
        "drover/v1/home/d/hub/cmd",
        "drover/v1/home/d/a.bulk/cmd",
        "drover/v1/+/d/a/cmd",
        "$share/g/drover/v1/home/d/a/cmd",
        "/drover/v1/home/d/a/cmd"
      })
  void parse_nameNobodyMakes_isEmpty(String name) {
    assertEquals(Optional.empty(), Topics.parse(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", "A", "a.b", "a/b", "a+", "a#", "hub", "a b", "é", "a\n"})
  void deviceName_outsideAlphabet_isRefused(String device) {
    DroverException refused = assertThrows(DroverException.class, () -> topics.cmd(device));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
  }

  @Test
  void deviceName_ofSixtyFourCharacters_isRefused() {
    assertEquals("drover/v1/home/d/" + "a".repeat(63) + "/cmd", topics.cmd("a".repeat(63)));
    assertThrows(DroverException.class, () -> topics.cmd("a".repeat(64)));
  }

  @Test
  void role_longerThanItsLimit_isRefused() {
    topics.meta(1, "r".repeat(Topics.ROLE_BYTES_MAX));
    assertThrows(
        DroverException.class, () -> topics.meta(1, "é".repeat(Topics.ROLE_BYTES_MAX / 2 + 1)));
    assertThrows(DroverException.class, () -> topics.meta(1, ""));
    assertThrows(DroverException.class, () -> topics.meta(1, "\ud800"));
  }

  @Test
  void longestName_staysWithinItsLimit() {
    String name = new Topics("t".repeat(63)).meta(999_999_999_999_999_999L, "#".repeat(100));
    assertEquals(true, name.length() <= Topics.LENGTH_MAX);
    assertEquals(true, Topics.parse(name).isPresent());
  }
}
