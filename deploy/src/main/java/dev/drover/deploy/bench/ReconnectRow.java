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

  /** What was measured, sample by sample. */
  private static final class Measured {
    private final Samples handshakes = new Samples();
    private final Samples back = new Samples();
    private final Samples backDisk = new Samples();
    private final Samples resumed = new Samples();
    private final Samples resumedDisk = new Samples();
    private final Samples plain = new Samples();
  }

  /** Seconds, and what the hub made durable meanwhile. */
  private record Phase(double seconds, Commits commits) {
    void addTo(Bench bench, Samples took, Samples disk) throws IOException {
      took.add(seconds);
      disk.add(Disk.seconds(bench.root(), commits, bench.nanoTime()));
    }
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    Measured measured = new Measured();
    try (BenchHub hub = new BenchHub(bench, name());
        BenchDevices devices =
            new BenchDevices(bench, hub, bench.devices(), (number, command) -> {})) {
      for (int run = 0; run < bench.runs(); run++) {
        bench.progress("reconnect: run " + (run + 1) + " of " + bench.runs());
        sample(bench, hub, devices, measured);
      }
    }
    try (PlainBroker broker =
        new PlainBroker(
            bench.root().resolve("plain"), EmbeddedBrokerConfig.heapMib(bench.devices()))) {
      for (int run = 0; run < bench.runs(); run++) {
        bench.progress("reconnect: without TLS, run " + (run + 1) + " of " + bench.runs());
        measured.plain.add(broker.connect(bench, bench.devices()));
      }
    }
    return figures(bench.devices(), measured);
  }

  private static void sample(Bench bench, BenchHub hub, BenchDevices devices, Measured measured)
      throws IOException {
    hub.restart();
    long started = bench.nanoTime().getAsLong();
    devices.connectAtOnce(BenchDevice::connectOnly);
    measured.handshakes.add(bench.secondsSince(started));
    hub.restart();
    Phase back = connect(bench, hub, devices);
    devices.disconnect();
    Phase resumed = connect(bench, hub, devices);
    back.addTo(bench, measured.back, measured.backDisk);
    resumed.addTo(bench, measured.resumed, measured.resumedDisk);
  }

  private static Phase connect(Bench bench, BenchHub hub, BenchDevices devices) throws IOException {
    Commits before = hub.commits();
    long started = bench.nanoTime().getAsLong();
    devices.connectAtOnce(BenchDevice::connect);
    devices.awaitWelcome();
    double seconds = bench.secondsSince(started);
    return new Phase(seconds, hub.commits().since(before));
  }

  private static List<Figure> figures(int devices, Measured measured) {
    return List.of(
        Figure.of(
                devices + " devices reconnect",
                measured.back,
                "s",
                "connections alone, same broker and TLS",
                measured.handshakes.median())
            .within(Budget.atMost(SECONDS)),
        Figure.of(
            "reconnect and the disk", measured.back, "s", Disk.PEER, measured.backDisk.median()),
        Figure.of(
                "the same, hub stayed",
                measured.resumed,
                "s",
                "the same after the hub was killed: no TLS session to resume",
                measured.back.median())
            .within(Budget.atMost(SECONDS)),
        Figure.of(
            "hub stayed and the disk",
            measured.resumed,
            "s",
            Disk.PEER,
            measured.resumedDisk.median()),
        Figure.of(
            "connections without TLS",
            measured.plain,
            "s",
            "connections alone with mutual TLS, P-256, no session to resume",
            measured.handshakes.median()));
  }
}
