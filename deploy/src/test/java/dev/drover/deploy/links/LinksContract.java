package dev.drover.deploy.links;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.core.BulkLink;
import dev.drover.agent.core.ControlLink;
import dev.drover.agent.link.HiveBulkLinks;
import dev.drover.agent.link.LinkConfig;
import dev.drover.agent.link.PahoControlLink;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.link.BrokerFixture;
import dev.drover.hub.link.RecordingListener;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import dev.drover.wire.Limits;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the agent's links promise, on any broker. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LinksContract {
  private static final LinkConfig.Timing QUICK =
      new LinkConfig.Timing(
          Duration.ofSeconds(10),
          Duration.ofSeconds(20),
          Duration.ofMillis(50),
          Duration.ofMillis(400));

  final Topics topics = new Topics(TestFleet.TENANT);
  final RecordingListener hub = new RecordingListener();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private int names;

  abstract BrokerFixture broker();

  @BeforeAll
  void patience() {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
  }

  @BeforeEach
  void forget() {
    hub.clear();
  }

  @AfterEach
  void closeLinks() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    opened.clear();
  }

  private String device() {
    return "lamp-" + ++names;
  }

  private LinkConfig config(String device, TlsMaterial material, HostPort... brokers) {
    return new LinkConfig(
        TestFleet.TENANT,
        device,
        brokers.length == 0 ? List.of(broker().address()) : List.of(brokers),
        null,
        () -> material,
        InstantSource.fixed(broker().fleet().now()),
        QUICK);
  }

  private PahoControlLink control(LinkConfig config) {
    PahoControlLink link =
        new PahoControlLink(
            config, () -> bytes("gone"), System::nanoTime, new SplittableRandom(names));
    opened.add(link);
    return link;
  }

  private PahoControlLink up(String device, DeviceListener listener) {
    PahoControlLink link = control(config(device, broker().fleet().device(device)));
    link.start(listener);
    await().until(link::connected);
    return link;
  }

  private BulkLink bulk(String device, ChunkListener listener) throws Exception {
    BulkLink link =
        get(new HiveBulkLinks(config(device, broker().fleet().bulk(device))).open(listener));
    opened.add(link);
    return link;
  }

  private void hubSends(String topic, byte[] payload, boolean retain) throws Exception {
    get(broker().link().publish(topic, payload, retain, 1));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static ErrorCode codeOf(CompletionStage<?> stage) {
    ExecutionException failed = assertThrows(ExecutionException.class, () -> get(stage));
    return ((DroverException) failed.getCause()).code();
  }

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

  private static List<String> numbered(String stem, int count) {
    return IntStream.range(0, count).mapToObj(i -> stem + i).toList();
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

  private static LinkConfig throughProxy(LinkConfig direct, HostPort proxy) {
    return new LinkConfig(
        direct.tenant(),
        direct.device(),
        direct.brokers(),
        proxy,
        direct.material(),
        direct.now(),
        direct.timing());
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

  /** Keeps what a device is told; may be busy. */
  static final class DeviceListener implements ControlLink.Listener {
    private final List<String> commands = new ArrayList<>();
    private final List<Boolean> states = new ArrayList<>();
    private final Semaphore permits = new Semaphore(1_000_000);

    void busy() {
      permits.drainPermits();
    }

    void free(int count) {
      permits.release(count);
    }

    synchronized List<String> commands() {
      return List.copyOf(commands);
    }

    synchronized List<Boolean> states() {
      return List.copyOf(states);
    }

    @Override
    public void onCommand(byte[] payload) {
      permits.acquireUninterruptibly();
      synchronized (this) {
        commands.add(new String(payload, StandardCharsets.UTF_8));
      }
    }

    @Override
    public synchronized void onConnected(boolean connected) {
      states.add(connected);
    }
  }

  /** Keeps the names of chunks, and of those that are not what their name says. */
  static final class ChunkListener implements BulkLink.Listener {
    private final List<String> names = new ArrayList<>();
    private final List<String> damaged = new ArrayList<>();
    private int losses;

    synchronized List<String> names() {
      return List.copyOf(names);
    }

    synchronized List<String> damaged() {
      return List.copyOf(damaged);
    }

    synchronized int losses() {
      return losses;
    }

    @Override
    public synchronized void onChunk(String sha256, byte[] payload) {
      names.add(sha256);
      if (!Hashes.hex(Hashes.sha256(payload)).equals(sha256)) {
        damaged.add(sha256);
      }
    }

    @Override
    public synchronized void onLost() {
      losses++;
    }
  }
}
