package dev.drover.hub.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.crypto.TlsMaterial;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.Identity;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may say and hear what: the part of {@link BrokerContract} about access. */
abstract class BrokerAccessContract extends BrokerClients {
  @Test
  void ownTopics_bothWays_carry() throws Exception {
    String lamp = device("lamp");
    TestClient client = control(lamp);
    client.subscribe(topics.cmd(lamp));
    hubPublishes(topics.cmd(lamp), "do", false);
    client.publish(evt(lamp), "done", false);
    client.publish(topics.device(lamp, Topic.Channel.AUDIT), "batch", false);
    client.publish(topics.device(lamp, Topic.Channel.PRESENCE), "here", true);
    await()
        .untilAsserted(
            () ->
                assertEquals(
                    List.of(lamp + " audit batch", lamp + " evt done", lamp + " presence here"),
                    hub.messages().stream().sorted().toList()));
    await().until(() -> client.texts().equals(List.of("do")));
  }

  @Test
  void foreignPublish_neverReachesTheHub() throws Exception {
    String lamp = device("lamp");
    String door = device("door");
    control(door);
    for (String topic :
        List.of(
            evt(door),
            topics.device(door, Topic.Channel.AUDIT),
            topics.device(door, Topic.Channel.PRESENCE),
            new Topics("other").device(lamp, Topic.Channel.EVT),
            "drover/v1/home/d/" + lamp + "/other",
            "other/topic")) {
      // A broker may cut such a client, so each attempt has a new one.
      TestClient client = control(lamp);
      tryPublish(client, topic, false);
      client.close();
    }
    control(lamp).publish(evt(lamp), "own", false);
    await().until(() -> hub.messages().contains(lamp + " evt own"));
    assertEquals(List.of(lamp + " evt own"), hub.messages());
  }

  @Test
  void devices_publishingDownwards_reachNobody() throws Exception {
    String lamp = device("lamp");
    TestClient victim = control(device("door"));
    String door = victim.clientId();
    victim.subscribe(topics.cmd(door));
    victim.subscribe(topics.timestamp());
    for (String topic : List.of(topics.cmd(door), topics.cmd(lamp), topics.timestamp())) {
      TestClient client = control(lamp);
      tryPublish(client, topic, false);
      client.close();
    }
    for (String topic : List.of(topics.timestamp(), topics.chunk(SHA), evt(lamp))) {
      TestClient client = bulk(lamp);
      tryPublish(client, topic, false);
      client.close();
    }
    hubPublishes(topics.cmd(door), "real", false);
    await().until(() -> victim.texts().contains("real"));
    assertEquals(List.of("real"), victim.texts());
    assertEquals(List.of(), hub.messages());
  }

  @Test
  void devices_retainingMetadata_plantNothing() throws Exception {
    String lamp = device("lamp");
    for (TestClient client : List.of(control(lamp), bulk(lamp))) {
      tryPublish(client, topics.root(77), true);
      client.close();
    }
    TestClient reader = control(device("door"));
    reader.subscribe(topics.root(77));
    reader.subscribe(topics.root(78));
    hubPublishes(topics.root(78), "real", false);
    await().until(() -> !reader.texts().isEmpty());
    assertEquals(List.of("real"), reader.texts());
  }

  @Test
  void foreignSubscription_receivesNothing() throws Exception {
    String lamp = device("lamp");
    String door = device("door");
    List<String> filters =
        List.of(
            topics.cmd(door),
            topics.everyDevice(Topic.Channel.CMD),
            topics.everyDevice(Topic.Channel.EVT),
            "drover/v1/home/d/#",
            "drover/v1/home/#",
            "drover/v1/+/d/+/cmd",
            "#",
            "+/+/+/+/+/+",
            "$share/thieves/" + topics.cmd(door),
            "$share/thieves/drover/v1/home/d/#",
            "$SYS/#");
    List<TestClient> spies = new ArrayList<>();
    for (String filter : filters) {
      String name = device("spy");
      TestClient spy = control(name);
      trySubscribe(spy, filter);
      spies.add(spy);
    }
    TestClient victim = control(door);
    victim.subscribe(topics.cmd(door));
    hubPublishes(topics.cmd(door), "secret", false);
    victim.publish(evt(door), "report", false);
    victim.publish(topics.device(door, Topic.Channel.PRESENCE), "here", true);
    await().until(() -> victim.texts().equals(List.of("secret")));
    await().until(() -> hub.messages().size() == 2);
    TestClient control = control(lamp);
    control.subscribe(topics.cmd(lamp));
    hubPublishes(topics.cmd(lamp), "after", false);
    await().until(() -> control.texts().equals(List.of("after")));
    for (int i = 0; i < filters.size(); i++) {
      assertEquals(List.of(), spies.get(i).texts(), filters.get(i));
    }
  }

  @Test
  void clientId_ofAnother_disturbsNobody() throws Exception {
    String lamp = device("lamp");
    String door = device("door");
    TestClient victim = control(door);
    victim.subscribe(topics.cmd(door));
    TestClient impostor =
        keep(new TestClient(broker().address(), broker().fleet().device(lamp), door));
    if (accepted(() -> impostor.connect(null, 10))) {
      trySubscribe(impostor, topics.cmd(door));
      tryPublish(impostor, evt(door), false);
    }
    hubPublishes(topics.cmd(door), "for the real one", false);
    await().until(() -> victim.texts().equals(List.of("for the real one")));
    victim.publish(evt(door), "real", false);
    await().until(() -> hub.messages().contains(door + " evt real"));
    assertFalse(victim.lost());
    assertEquals(List.of(door + " evt real"), hub.messages());
    assertEquals(List.of(), impostor.texts());
  }

  @Test
  void certificate_missingOrForeign_isRefused() throws Exception {
    String lamp = device("lamp");
    TlsMaterial honest = broker().fleet().device(lamp);
    TlsMaterial foreign = new TestFleet().device(lamp);
    TlsMaterial confused = new TlsMaterial(foreign.key(), foreign.certificate(), honest.ca());
    assertThrows(Exception.class, () -> control(lamp, confused));
    TlsMaterial server = broker().fleet().server();
    assertThrows(Exception.class, () -> control("server:broker", server));
    javax.net.ssl.SSLContext none = javax.net.ssl.SSLContext.getInstance("TLS");
    none.init(null, honest.trustManagers(broker().fleet().now()).getTrustManagers(), null);
    assertThrows(
        IOException.class,
        () -> {
          try (RawMqtt raw = new RawMqtt(broker().address(), none)) {
            if (raw.connect(lamp) != 0) {
              throw new IOException("refused");
            }
          }
        });
    control(lamp, honest);
  }

  @Test
  void operator_onTheBroker_canDoNothingToDevices() throws Exception {
    TlsMaterial operator = broker().fleet().client(Identity.operator(TestFleet.TENANT, "ann"));
    String door = device("door");
    TestClient victim = control(door);
    victim.subscribe(topics.cmd(door));
    TestClient client = keep(new TestClient(broker().address(), operator, "operator:ann"));
    if (accepted(() -> client.connect(null, 10))) {
      trySubscribe(client, "#");
      tryPublish(client, topics.cmd(door), false);
      tryPublish(client, evt(door), false);
    }
    hubPublishes(topics.cmd(door), "real", false);
    await().until(() -> !victim.texts().isEmpty());
    assertEquals(List.of("real"), victim.texts());
    assertEquals(List.of(), client.topics().stream().filter(t -> t.contains("/d/")).toList());
    assertEquals(List.of(), hub.messages());
  }

  @Test
  void lastWill_onAForeignTopic_isNotDelivered() throws Exception {
    String lamp = device("lamp");
    String door = device("door");
    TestClient liar = keep(new TestClient(broker().address(), broker().fleet().device(lamp), lamp));
    if (accepted(() -> liar.connect(topics.device(door, Topic.Channel.PRESENCE), 10))) {
      liar.vanish();
    }
    control(lamp).publish(evt(lamp), "after", false);
    await().until(() -> hub.messages().contains(lamp + " evt after"));
    assertEquals(List.of(), hub.messages().stream().filter(m -> m.startsWith(door + " ")).toList());
  }
}
