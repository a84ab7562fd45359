package dev.drover.deploy.bench;

import dev.drover.hub.link.EmbeddedBrokerConfig;
import java.io.IOException;
import java.util.List;

/**
 * How long it takes until every device is back, all at once: connected over mutual TLS, subscribed,
 * heard and answered. After the hub was killed each needs a full handshake; after the network was
 * gone the hub still knows its TLS session.
 */
final class ReconnectRow implements Row {
  private static final double SECONDS = 60;

  @Override
  public String name() {
    return "jobs-reconnect";
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    Samples back = new Samples();
    Samples handshakes = new Samples();
    Samples resumed = new Samples();
    Samples plain = new Samples();
    try (BenchHub hub = new BenchHub(bench, name());
        BenchDevices devices =
            new BenchDevices(bench, hub, bench.devices(), (number, command) -> {})) {
      for (int run = 0; run < bench.runs(); run++) {
        bench.progress("reconnect: run " + (run + 1) + " of " + bench.runs());
        hub.restart();
        long started = bench.nanoTime().getAsLong();
        devices.connectAtOnce(BenchDevice::connectOnly);
        handshakes.add(bench.secondsSince(started));
        hub.restart();
        started = bench.nanoTime().getAsLong();
        devices.connectAtOnce(BenchDevice::connect);
        devices.awaitWelcome();
        back.add(bench.secondsSince(started));
        devices.disconnect();
        started = bench.nanoTime().getAsLong();
        devices.connectAtOnce(BenchDevice::connect);
        devices.awaitWelcome();
        resumed.add(bench.secondsSince(started));
      }
    }
    try (PlainBroker broker =
        new PlainBroker(
            bench.root().resolve("plain"), EmbeddedBrokerConfig.heapMib(bench.devices()))) {
      for (int run = 0; run < bench.runs(); run++) {
        bench.progress("reconnect: without TLS, run " + (run + 1) + " of " + bench.runs());
        plain.add(broker.connect(bench, bench.devices()));
      }
    }
    return List.of(
        Figure.of(
                bench.devices() + " devices reconnect",
                back,
                "s",
                "connections alone, same broker and TLS",
                handshakes.median())
            .within(Budget.atMost(SECONDS)),
        Figure.of(
                "the same, hub stayed",
                resumed,
                "s",
                "the same after the hub was killed: no TLS session to resume",
                back.median())
            .within(Budget.atMost(SECONDS)),
        Figure.of(
            "connections without TLS",
            plain,
            "s",
            "connections alone with mutual TLS, P-256, no session to resume",
            handshakes.median()));
  }
}
