package dev.drover.deploy.links;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.BulkLink;
import dev.drover.agent.link.HiveBulkLinks;
import dev.drover.agent.link.LinkConfig;
import dev.drover.agent.link.PahoControlLink;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.TlsMaterial;
import dev.drover.testkit.ConnectProxy;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the agent's links promise, on any broker. */
abstract class LinksContract extends LinksOnBroker {
  @Test
  void hundredMessages_bothWays_withABrokerKilledInBetween() throws Exception {
    String lamp = device();
    DeviceListener device = new DeviceListener();
    PahoControlLink link = up(lamp, device);
    List<String> first = numbered("a", 100);
    List<CompletionStage<Void>> sent = new ArrayList<>();
    for (String text : first) {
      hubSends(topics.cmd(lamp), bytes(text), false);
      sent.add(link.publish(Topic.Channel.EVT, bytes(text)));
      if (sent.size() >= 50) {
        get(sent.get(sent.size() - 50));
      }
    }
    for (CompletionStage<Void> each : sent) {
      get(each);
    }
    await().until(() -> device.commands().equals(first));
    await()
        .until(() -> hub.messages().equals(first.stream().map(t -> lamp + " evt " + t).toList()));

    broker().restart();
    await().until(() -> device.states().equals(List.of(true, false, true)));
    for (String text : numbered("b", 100)) {
      hubSends(topics.cmd(lamp), bytes(text), false);
      get(link.publish(Topic.Channel.EVT, bytes(text)));
    }
    await().until(() -> device.commands().contains("b99"));
    await().until(() -> hub.messages().contains(lamp + " evt b99"));
  }

  @Test
  void publish_withoutAConnection_failsAtOnce() {
    PahoControlLink link =
        control(
            config("nowhere", broker().fleet().device("nowhere"), new HostPort("127.0.0.1", 1)));
    link.start(new DeviceListener());
    assertEquals(ErrorCode.UNAVAILABLE, codeOf(link.publish(Topic.Channel.EVT, bytes("x"))));
    assertFalse(link.connected());
  }

  @Test
  void publish_tooLargeOrDownwards_isRefused() {
    PahoControlLink link = up(device(), new DeviceListener());
    assertEquals(
        ErrorCode.LIMIT_EXCEEDED,
        codeOf(link.publish(Topic.Channel.EVT, new byte[Limits.PACKET_BYTES_MAX])));
    assertEquals(ErrorCode.INVALID_ARGUMENT, codeOf(link.publish(Topic.Channel.CMD, bytes("x"))));
  }

  @Test
  void brokers_severalConfigured_areTriedInTurn() throws Exception {
    String lamp = device();
    PahoControlLink link =
        control(
            config(
                lamp,
                broker().fleet().device(lamp),
                new HostPort("127.0.0.1", 1),
                new HostPort("no-such-host.invalid", 8883),
                new HostPort("localhost", broker().address().port())));
    link.start(new DeviceListener());
    await().until(link::connected);
    get(link.publish(Topic.Channel.EVT, bytes("here")));
    await().until(() -> hub.messages().equals(List.of(lamp + " evt here")));
  }

  @Test
  void brokersCertificate_outOfDateByTheClock_carriesOneQuestionAndThenTheLinkComesUp()
      throws Exception {
    String lamp = device();
    Instant right = broker().fleet().now();
    for (long wrongDays : new long[] {3650, -3650}) {
      hub.clear();
      AtomicReference<Instant> clock =
          new AtomicReference<>(right.plus(Duration.ofDays(wrongDays)));
      LinkConfig config = at(config(lamp, broker().fleet().device(lamp)), clock::get);
      PahoControlLink link = control(config);
      DeviceListener device = new DeviceListener();
      device.onTime(
          text -> {
            clock.set(right);
            return text.equals("noon");
          });
      link.start(device);
      await().until(() -> hub.messages().contains(lamp + " evt what time is it?"));
      assertFalse(link.connected());
      assertEquals(ErrorCode.UNAVAILABLE, codeOf(link.publish(Topic.Channel.EVT, bytes("more"))));
      hubSends(topics.cmd(lamp), bytes("noon"), false);
      await().until(link::connected);
      assertEquals(List.of(true), device.states());
      assertEquals(List.of(), device.commands());
      get(link.publish(Topic.Channel.EVT, bytes("done")));
      await().until(() -> hub.messages().contains(lamp + " evt done"));
      assertFalse(hub.messages().contains(lamp + " evt more"));
      link.close();
    }
  }

  @Test
  void presence_isRetainedAndTheWillFollowsALoss() throws Exception {
    String lamp = device();
    PahoControlLink link = up(lamp, new DeviceListener());
    get(link.publish(Topic.Channel.PRESENCE, bytes("here")));
    await().until(() -> hub.messages().equals(List.of(lamp + " presence here")));
    // Another connection under the same name takes the place of the first.
    PahoControlLink second = up(lamp, new DeviceListener());
    await().until(() -> hub.messages().contains(lamp + " presence gone"));
    link.close();
    await().until(second::connected);
  }

  @Test
  void close_isNoLoss() throws Exception {
    String lamp = device();
    PahoControlLink link = up(lamp, new DeviceListener());
    link.close();
    assertEquals(ErrorCode.UNAVAILABLE, codeOf(link.publish(Topic.Channel.EVT, bytes("late"))));
    PahoControlLink other = up(device(), new DeviceListener());
    get(other.publish(Topic.Channel.EVT, bytes("after")));
    await().until(() -> hub.messages().stream().anyMatch(m -> m.endsWith("after")));
    assertEquals(1, hub.messages().size(), hub.messages().toString());
  }

  @Test
  void commands_whileTheListenerIsBusy_waitAndCome() throws Exception {
    String lamp = device();
    DeviceListener device = new DeviceListener();
    device.busy();
    PahoControlLink link = up(lamp, device);
    List<String> sent = numbered("c", 40);
    for (String text : sent) {
      hubSends(topics.cmd(lamp), bytes(text), false);
    }
    // A busy listener holds up neither reports nor the link.
    get(link.publish(Topic.Channel.EVT, bytes("alive")));
    assertTrue(device.commands().isEmpty());
    device.free(sent.size());
    await().until(() -> device.commands().equals(sent));
    assertTrue(link.connected());
  }

  @Test
  void fetchRetained_givesWhatIsThereByTheDeadline() throws Exception {
    PahoControlLink link = up(device(), new DeviceListener());
    hubSends(topics.root(1), bytes("root"), true);
    hubSends(topics.meta(3, "targets"), bytes("targets"), true);
    Map<String, byte[]> both =
        get(
            link.fetchRetained(
                List.of(topics.root(1), topics.meta(3, "targets")), Duration.ofMinutes(5)));
    assertEquals(Set.of(topics.root(1), topics.meta(3, "targets")), both.keySet());
    assertArrayEquals(bytes("root"), both.get(topics.root(1)));
    Map<String, byte[]> some =
        get(link.fetchRetained(List.of(topics.root(1), topics.root(999)), Duration.ofSeconds(1)));
    assertEquals(Set.of(topics.root(1)), some.keySet());
    List<String> many = IntStream.range(1000, 1064).mapToObj(n -> topics.root(n)).toList();
    assertEquals(Map.of(), get(link.fetchRetained(many, Duration.ofMillis(300))));
    assertEquals(
        ErrorCode.INVALID_ARGUMENT,
        codeOf(link.fetchRetained(List.of(topics.cmd("other")), Duration.ofSeconds(1))));
  }

  @Test
  void renewal_reconnectsWithTheNewCertificate() throws Exception {
    String lamp = device();
    AtomicReference<TlsMaterial> material = new AtomicReference<>(broker().fleet().device(lamp));
    TlsMaterial old = material.get();
    LinkConfig config = config(lamp, old);
    PahoControlLink link =
        control(
            new LinkConfig(
                config.tenant(),
                config.device(),
                config.brokers(),
                null,
                material::get,
                config.now(),
                config.timing()));
    DeviceListener device = new DeviceListener();
    link.start(device);
    await().until(link::connected);
    material.set(broker().fleet().device(lamp));
    link.reconnect();
    await().until(() -> device.states().equals(List.of(true, false, true)));
    hubSends(topics.cmd(lamp), bytes("do"), false);
    await().until(() -> device.commands().equals(List.of("do")));
  }

  @Test
  void brokerCertificate_thatDoesNotFit_isRefused() throws Exception {
    String lamp = device();
    TlsMaterial honest = broker().fleet().device(lamp);
    TlsMaterial otherCa =
        new TlsMaterial(honest.key(), honest.certificate(), new TestFleet().ca().certificate());
    LinkConfig early = config(lamp, honest);
    for (LinkConfig wrong :
        List.of(
            config(lamp, otherCa),
            // The certificate names localhost, 127.0.0.1 and ::1 only.
            config(lamp, honest, new HostPort("127.0.0.2", broker().address().port())),
            new LinkConfig(
                early.tenant(),
                early.device(),
                early.brokers(),
                null,
                early.material(),
                InstantSource.fixed(Instant.EPOCH),
                early.timing()))) {
      assertEquals(
          ErrorCode.UNAVAILABLE, codeOf(new HiveBulkLinks(wrong).open(new ChunkListener())));
      PahoControlLink link = control(wrong);
      DeviceListener device = new DeviceListener();
      link.start(device);
      PahoControlLink witness = up(device(), new DeviceListener());
      get(witness.publish(Topic.Channel.EVT, bytes("x")));
      assertEquals(List.of(), device.states());
      link.close();
    }
  }

  @Test
  void bulk_windowsOfChunks_arriveWhole() throws Exception {
    String lamp = device();
    ChunkListener chunks = new ChunkListener();
    BulkLink link = bulk(lamp, chunks);
    SplittableRandom random = new SplittableRandom(5);
    List<String> retained = new ArrayList<>();
    for (int i = 0; i < 2 * link.windowMax(); i++) {
      byte[] chunk = new byte[Limits.CHUNK_BYTES_MAX - i];
      random.nextBytes(chunk);
      String sha256 = Hashes.hex(Hashes.sha256(chunk));
      hubSends(topics.chunk(sha256), chunk, true);
      retained.add(sha256);
    }
    List<String> first = retained.subList(0, link.windowMax());
    List<String> second = retained.subList(link.windowMax(), retained.size());
    get(link.subscribe(first));
    await().until(() -> chunks.names().containsAll(first));
    assertEquals(ErrorCode.LIMIT_EXCEEDED, codeOf(link.subscribe(second.subList(0, 1))));
    get(link.unsubscribe(first));
    get(link.subscribe(second));
    await().until(() -> chunks.names().containsAll(second));
    assertEquals(List.of(), chunks.damaged());
    for (String sha256 : retained) {
      get(broker().link().clearRetained(topics.chunk(sha256)));
    }
  }

  @Test
  void bulk_chunkPublishedLater_arrives() throws Exception {
    byte[] chunk = bytes("late");
    String sha256 = Hashes.hex(Hashes.sha256(chunk));
    ChunkListener chunks = new ChunkListener();
    BulkLink link = bulk(device(), chunks);
    get(link.subscribe(List.of(sha256)));
    hubSends(topics.chunk(sha256), new byte[0], true);
    hubSends(topics.chunk(sha256), chunk, false);
    await().until(() -> chunks.names().equals(List.of(sha256)));
  }

  @Test
  void bulk_brokerLost_isToldOnceAndAnotherCanBeOpened() throws Exception {
    String lamp = device();
    ChunkListener chunks = new ChunkListener();
    BulkLink link = bulk(lamp, chunks);
    broker().restart();
    await().until(() -> chunks.losses() == 1);
    assertEquals(ErrorCode.UNAVAILABLE, codeOf(link.subscribe(List.of("ab".repeat(32)))));
    BulkLink again = bulk(lamp, chunks);
    get(again.subscribe(List.of("ab".repeat(32))));
    again.close();
    assertEquals(1, chunks.losses());
  }

  @Test
  void proxy_configured_carriesBothLinks() throws Exception {
    String lamp = device();
    try (ConnectProxy proxy = new ConnectProxy()) {
      HostPort at = new HostPort("127.0.0.1", proxy.port());
      PahoControlLink link = control(throughProxy(config(lamp, broker().fleet().device(lamp)), at));
      link.start(new DeviceListener());
      await().until(link::connected);
      BulkLink bulk =
          get(
              new HiveBulkLinks(throughProxy(config(lamp, broker().fleet().bulk(lamp)), at))
                  .open(new ChunkListener()));
      opened.add(bulk);
      get(bulk.subscribe(List.of("ab".repeat(32))));
      assertEquals(
          List.of(broker().address().toString(), broker().address().toString()), proxy.asked());
    }
  }

  @Test
  void identities_areNotInterchangeable() {
    String lamp = device();
    TlsMaterial bulk = broker().fleet().client(Identity.bulk(TestFleet.TENANT, lamp));
    PahoControlLink link = control(config(lamp, bulk));
    DeviceListener device = new DeviceListener();
    link.start(device);
    assertEquals(ErrorCode.UNAVAILABLE, codeOf(link.publish(Topic.Channel.EVT, bytes("x"))));
    assertFalse(hub.messages().stream().anyMatch(m -> m.startsWith(lamp + " ")));
  }
}
