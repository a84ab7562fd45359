package dev.drover.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class AclTest {
  private static final String SHA = "ab".repeat(32);
  private static final Topics HOME = new Topics("home");
  private static final Topics OTHER = new Topics("other");
  private static final Identity LAMP = Identity.device("home", "lamp");
  private static final Identity BULK = Identity.bulk("home", "lamp");
  private static final Identity HUB = Identity.hub("home");
  private static final List<Identity> OUTSIDERS =
      List.of(Identity.operator("home", "lamp"), Identity.server("home", "lamp"));

  private static final List<String> EVERY_NAME =
      List.of(
          HOME.cmd("lamp"),
          HOME.device("lamp", Topic.Channel.EVT),
          HOME.device("lamp", Topic.Channel.AUDIT),
          HOME.device("lamp", Topic.Channel.PRESENCE),
          HOME.cmd("door"),
          HOME.device("door", Topic.Channel.EVT),
          HOME.device("door", Topic.Channel.PRESENCE),
          HOME.root(1),
          HOME.timestamp(),
          HOME.meta(1, "targets"),
          HOME.chunk(SHA),
          OTHER.cmd("lamp"),
          OTHER.device("lamp", Topic.Channel.EVT),
          OTHER.timestamp(),
          OTHER.chunk(SHA),
          "drover/v1/home/d/lamp/else",
          "drover/v1/home/d/lamp/evt/",
          "$SYS/broker/uptime",
          "other/topic");

  private static final List<String> EVERY_WILDCARD =
      List.of(
          "#",
          "+/#",
          "drover/v1/home/#",
          "drover/v1/home/d/+/cmd",
          "drover/v1/home/d/lamp/#",
          "drover/v1/home/d/lamp/+",
          "drover/v1/home/repo/#",
          "drover/v1/home/repo/root/+",
          "drover/v1/home/repo/chunk/+",
          "$share/g/" + HOME.cmd("lamp"),
          "$share/g/" + HOME.chunk(SHA),
          "$SYS/#");

  private static List<String> published(Identity identity, boolean retain) {
    return EVERY_NAME.stream().filter(t -> Acl.mayPublish(identity, t, retain, 1)).toList();
  }

  private static List<String> subscribed(Identity identity, List<String> filters) {
    return filters.stream().filter(t -> Acl.maySubscribe(identity, t)).toList();
  }

  @Test
  void device_publishes_onlyItsOwnThree() {
    assertEquals(
        List.of(
            HOME.device("lamp", Topic.Channel.EVT),
            HOME.device("lamp", Topic.Channel.AUDIT),
            HOME.device("lamp", Topic.Channel.PRESENCE)),
        published(LAMP, false));
    assertEquals(List.of(HOME.device("lamp", Topic.Channel.PRESENCE)), published(LAMP, true));
  }

  @Test
  void device_subscribes_onlyItsCommandsAndMetadata() {
    assertEquals(
        List.of(HOME.cmd("lamp"), HOME.root(1), HOME.timestamp(), HOME.meta(1, "targets")),
        subscribed(LAMP, EVERY_NAME));
    assertEquals(List.of(), subscribed(LAMP, EVERY_WILDCARD));
  }

  @Test
  void bulk_readsChunksByName_andPublishesNothing() {
    assertEquals(List.of(), published(BULK, false));
    assertEquals(List.of(), published(BULK, true));
    assertEquals(List.of(HOME.chunk(SHA)), subscribed(BULK, EVERY_NAME));
    assertEquals(List.of(), subscribed(BULK, EVERY_WILDCARD));
  }

  @Test
  void hub_usesEverythingOfItsTenant_andNothingElse() {
    List<String> ownNames =
        EVERY_NAME.stream()
            .filter(t -> Topics.parse(t).isPresent())
            .filter(t -> t.startsWith(HOME.prefix()))
            .toList();
    assertEquals(ownNames, published(HUB, true));
    assertTrue(Acl.maySubscribe(HUB, HOME.everyDevice(Topic.Channel.AUDIT)));
    assertFalse(Acl.maySubscribe(HUB, OTHER.everyDevice(Topic.Channel.AUDIT)));
    assertFalse(Acl.maySubscribe(HUB, "#"));
    assertFalse(Acl.maySubscribe(HUB, "drover/v1/+/d/lamp/evt"));
  }

  @Test
  void others_mayDoNothing() {
    for (Identity outsider : OUTSIDERS) {
      assertEquals(List.of(), published(outsider, false));
      assertEquals(List.of(), subscribed(outsider, EVERY_NAME));
      assertEquals(List.of(), subscribed(outsider, EVERY_WILDCARD));
    }
  }

  @Test
  void qosTwo_isRefused() {
    assertTrue(Acl.mayPublish(LAMP, HOME.device("lamp", Topic.Channel.EVT), false, 0));
    assertFalse(Acl.mayPublish(LAMP, HOME.device("lamp", Topic.Channel.EVT), false, 2));
  }

  @Test
  void commonNames_parsedBack_giveTheSameIdentity() {
    for (Identity identity : List.of(LAMP, BULK, HUB, OUTSIDERS.get(0), OUTSIDERS.get(1))) {
      assertEquals(Optional.of(identity), Identity.ofCommonName("home", identity.commonName()));
    }
  }

  @Test
  void commonName_thatIsNoIdentity_isEmpty() {
    for (String name :
        List.of(
            "",
            ".bulk",
            "a.bulk.bulk",
            "hub.bulk",
            "operator:",
            "operator:A",
            "x:y",
            "a/b",
            "+",
            "#",
            "server:a.b")) {
      assertEquals(Optional.empty(), Identity.ofCommonName("home", name));
    }
    assertEquals(Optional.empty(), Identity.ofCommonName("+", "lamp"));
  }
}
