package dev.drover.deploy.links;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.agent.core.BulkLink;
import dev.drover.agent.link.HiveBulkLinks;
import dev.drover.agent.link.LinkConfig;
import dev.drover.agent.link.PahoControlLink;
import dev.drover.crypto.TlsMaterial;
import dev.drover.hub.link.BrokerFixture;
import dev.drover.hub.link.RecordingListener;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** Opens links of devices to a broker under test, and closes them after each test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LinksOnBroker {
  private static final LinkConfig.Timing QUICK =
      new LinkConfig.Timing(
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(20),
          Duration.ofMillis(50),
          Duration.ofMillis(400));

  final Topics topics = new Topics(TestFleet.TENANT);
  final RecordingListener hub = new RecordingListener();
  final List<AutoCloseable> opened = new ArrayList<>();
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

  String device() {
    return "lamp-" + ++names;
  }

  LinkConfig config(String device, TlsMaterial material, HostPort... brokers) {
    return new LinkConfig(
        TestFleet.TENANT,
        device,
        brokers.length == 0 ? List.of(broker().address()) : List.of(brokers),
        null,
        () -> material,
        InstantSource.fixed(broker().fleet().now()),
        QUICK);
  }

  PahoControlLink control(LinkConfig config) {
    PahoControlLink link =
        new PahoControlLink(
            config, () -> bytes("gone"), System::nanoTime, new SplittableRandom(names));
    opened.add(link);
    return link;
  }

  PahoControlLink up(String device, DeviceListener listener) {
    PahoControlLink link = control(config(device, broker().fleet().device(device)));
    link.start(listener);
    await().until(link::connected);
    return link;
  }

  BulkLink bulk(String device, ChunkListener listener) throws Exception {
    BulkLink link =
        get(new HiveBulkLinks(config(device, broker().fleet().bulk(device))).open(listener));
    opened.add(link);
    return link;
  }

  void hubSends(String topic, byte[] payload, boolean retain) throws Exception {
    get(broker().link().publish(topic, payload, retain, 1));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  static ErrorCode codeOf(CompletionStage<?> stage) {
    ExecutionException failed = assertThrows(ExecutionException.class, () -> get(stage));
    return ((DroverException) failed.getCause()).code();
  }

  static List<String> numbered(String stem, int count) {
    return IntStream.range(0, count).mapToObj(i -> stem + i).toList();
  }

  static LinkConfig at(LinkConfig config, InstantSource clock) {
    return new LinkConfig(
        config.tenant(),
        config.device(),
        config.brokers(),
        config.httpProxy(),
        config.material(),
        clock,
        config.timing());
  }

  static LinkConfig throughProxy(LinkConfig direct, HostPort proxy) {
    return new LinkConfig(
        direct.tenant(),
        direct.device(),
        direct.brokers(),
        proxy,
        direct.material(),
        direct.now(),
        direct.timing());
  }
}
