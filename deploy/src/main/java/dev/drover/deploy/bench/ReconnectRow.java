package dev.drover.deploy.bench;

import java.io.IOException;
import java.util.List;

/**
 * How long it takes until every device is back after the hub was killed: connected over mutual TLS,
 * all at once, subscribed, heard and answered.
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
      }
    }
    return List.of(
        Figure.of(
                bench.devices() + " devices reconnect",
                back,
                "s",
                "connections alone, same broker and TLS",
                handshakes.median())
            .within(Budget.atMost(SECONDS)));
  }
}
