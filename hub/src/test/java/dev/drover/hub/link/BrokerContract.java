package dev.drover.hub.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.TlsMaterial;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What must hold on any broker that carries Drover's topics; run unchanged against each kind.
 *
 * <p>Nothing here says how a broker refuses: it must not let pass. Each test that expects nothing
 * to arrive sends something allowed afterwards on the same way and waits for that.
 */
abstract class BrokerContract extends BrokerAccessContract {
  @Test
  void lastWill_ofALostDevice_reachesTheHub() throws Exception {
    String lamp = device("lamp");
    String presence = topics.device(lamp, Topic.Channel.PRESENCE);
    TestClient lost = new TestClient(broker().address(), broker().fleet().device(lamp), lamp);
    lost.connect(presence, 10);
    lost.vanish();
    await().until(() -> hub.messages().equals(List.of(lamp + " presence gone")));
    hub.clear();
    TestClient polite = new TestClient(broker().address(), broker().fleet().device(lamp), lamp);
    polite.connect(presence, 10);
    polite.disconnect();
    control(lamp).publish(evt(lamp), "after", false);
    await().until(() -> hub.messages().contains(lamp + " evt after"));
    assertEquals(List.of(lamp + " evt after"), hub.messages());
  }

  @Test
  void retained_isThereForLateReaders_untilCleared() throws Exception {
    hubPublishes(topics.chunk(SHA), "piece", true);
    hubPublishes(topics.meta(5, "targets"), "signed", true);
    TestClient reader = bulk(device("lamp"));
    reader.subscribe(topics.chunk(SHA));
    await().until(() -> reader.texts().equals(List.of("piece")));
    TestClient control = control(device("lamp"));
    control.subscribe(topics.meta(5, "targets"));
    await().until(() -> control.texts().equals(List.of("signed")));
    broker().link().clearRetained(topics.chunk(SHA)).toCompletableFuture().get();
    TestClient late = bulk(device("lamp"));
    late.subscribe(topics.chunk(SHA));
    String other = "cd".repeat(32);
    late.subscribe(topics.chunk(other));
    hubPublishes(topics.chunk(other), "live", false);
    await().until(() -> late.texts().contains("live"));
    assertEquals(List.of("live"), late.texts());
  }

  @Test
  void queue_ofAHangingDevice_isBoundedAndHurtsNobody() throws Exception {
    String slow = device("slow");
    String quick = device("quick");
    TestClient hanging =
        keep(new TestClient(broker().address(), broker().fleet().device(slow), slow));
    hanging.connect(null, 1);
    hanging.subscribe(topics.cmd(slow));
    hanging.hang();
    int sent = 400;
    byte[] large = new byte[Limits.PACKET_BYTES_MAX / 2];
    List<CompletableFuture<Void>> publishes = new ArrayList<>();
    for (int i = 0; i < sent; i++) {
      publishes.add(
          broker().link().publish(topics.cmd(slow), large, false, 1).toCompletableFuture());
      if (publishes.size() % 50 == 0) {
        settle(publishes);
      }
    }
    settle(publishes);
    TestClient other = control(quick);
    other.subscribe(topics.cmd(quick));
    hubPublishes(topics.cmd(quick), "still here", false);
    await().until(() -> other.texts().equals(List.of("still here")));
    hanging.wake();
    await()
        .until(
            () -> {
              hubPublishes(topics.cmd(slow), "resent", false);
              return hanging.texts().contains("resent");
            });
    assertTrue(hanging.texts().size() < sent, "got " + hanging.texts().size());
  }

  private static void settle(List<CompletableFuture<Void>> publishes) throws Exception {
    for (CompletableFuture<Void> each : publishes) {
      try {
        each.get(60, TimeUnit.SECONDS);
      } catch (ExecutionException refused) {
        assertEquals(ErrorCode.RESOURCE_EXHAUSTED, ((DroverException) refused.getCause()).code());
      }
    }
  }

  @Test
  void packet_overTheLimit_isRefusedOnBothSides() throws Exception {
    String lamp = device("lamp");
    CompletableFuture<Void> tooLarge =
        broker()
            .link()
            .publish(topics.cmd(lamp), new byte[Limits.PACKET_BYTES_MAX], false, 1)
            .toCompletableFuture();
    ExecutionException refused = assertThrows(ExecutionException.class, tooLarge::get);
    assertEquals(ErrorCode.LIMIT_EXCEEDED, ((DroverException) refused.getCause()).code());
    try (RawMqtt raw = RawMqtt.connected(broker().address(), broker().fleet().device(lamp), lamp)) {
      raw.publish(evt(lamp), Limits.PACKET_BYTES_MAX + 1);
      assertTrue(raw.closedByBroker());
    }
    TestClient honest = control(lamp);
    honest.publish(evt(lamp), new byte[Limits.EVENT_BYTES_MAX], false);
    await()
        .until(
            () ->
                hub.messages().equals(List.of(lamp + " evt " + Limits.EVENT_BYTES_MAX + " bytes")));
    honest.subscribe(topics.cmd(lamp));
    byte[] largest = new byte[Limits.CHUNK_BYTES_MAX];
    broker().link().publish(topics.cmd(lamp), largest, false, 1).toCompletableFuture().get();
    await().until(() -> honest.texts().size() == 1);
    assertEquals(Limits.CHUNK_BYTES_MAX, honest.texts().get(0).length());
  }

  @Test
  void restart_withoutState_everybodyComesBack() throws Exception {
    String lamp = device("lamp");
    TestClient before = control(lamp);
    before.subscribe(topics.cmd(lamp));
    hubPublishes(topics.timestamp(), "old", true);
    int connected = hub.connected();
    broker().restart();
    await().until(() -> hub.connected() == connected + 1);
    await().until(before::lost);
    TestClient after = control(lamp);
    after.subscribe(topics.timestamp());
    after.subscribe(topics.cmd(lamp));
    hubPublishes(topics.cmd(lamp), "again", false);
    await().until(() -> after.texts().contains("again"));
    assertEquals(List.of("again"), after.texts());
    after.publish(evt(lamp), "here", false);
    await().until(() -> hub.messages().contains(lamp + " evt here"));
  }

  @Test
  void revocation_takesEffectOnLiveAndNewConnections() throws Exception {
    String lamp = device("lamp");
    String door = device("door");
    TlsMaterial material = broker().fleet().device(lamp);
    TestClient revoked = control(lamp, material);
    revoked.subscribe(topics.cmd(lamp));
    TestClient other = control(door);
    other.subscribe(topics.cmd(door));
    broker().revoke(Identity.device(TestFleet.TENANT, lamp), material);
    await().until(revoked::lost);
    assertRevocation(lamp, material);
    hubPublishes(topics.cmd(door), "unharmed", false);
    await().until(() -> other.texts().equals(List.of("unharmed")));
    assertFalse(other.lost());
  }

  /** How soon a broker refuses the certificate, and who tells it, is where the two kinds differ. */
  abstract void assertRevocation(String device, TlsMaterial material) throws Exception;

  @Test
  void hubPublish_onAForeignTopic_isRefused() {
    for (String topic :
        List.of("other/x", "drover/v1/other/d/lamp/cmd", "drover/v1/home/d/+/cmd", "$SYS/x")) {
      ExecutionException refused =
          assertThrows(
              ExecutionException.class,
              () ->
                  broker()
                      .link()
                      .publish(topic, new byte[1], false, 1)
                      .toCompletableFuture()
                      .get());
      assertEquals(ErrorCode.INVALID_ARGUMENT, ((DroverException) refused.getCause()).code());
    }
  }

  @Test
  void manyMessages_oneDevice_arriveInOrder() throws Exception {
    String lamp = device("lamp");
    TestClient client = control(lamp);
    List<String> expected = new ArrayList<>();
    List<CompletableFuture<?>> sent = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      sent.add(client.publishLater(evt(lamp), TestClient.bytes("n" + i), false));
      expected.add(lamp + " evt n" + i);
    }
    CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
    await().until(() -> hub.messages().size() >= expected.size());
    assertEquals(expected, hub.messages());
    assertNotEquals(0, sent.size());
  }
}
