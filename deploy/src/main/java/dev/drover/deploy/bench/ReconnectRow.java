package dev.drover.deploy.bench;

import dev.drover.hub.link.EmbeddedBrokerConfig;
import java.io.IOException;
import java.util.ArrayList;
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
    private final Phases back = new Phases();
    private final Phases resumed = new Phases();
    private final Samples plain = new Samples();
  }

  /** Seconds, and what the hub made durable meanwhile; beside it the disk alone. */
  private static final class Phases {
    private final Samples seconds = new Samples();
    private final List<Commits> commits = new ArrayList<>();

    void add(double took, Commits durable) {
      seconds.add(took);
      commits.add(durable);
    }

    /** Measures the disk, when no hub uses it. */
    double disk(Bench bench) throws IOException {
      Samples disk = new Samples();
      for (Commits durable : commits) {
        disk.add(Disk.seconds(bench.root(), durable, bench.nanoTime()));
      }
      return disk.median();
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
    return figures(bench, measured);
  }

  private static void sample(Bench bench, BenchHub hub, BenchDevices devices, Measured measured)
      throws IOException {
    hub.restart();
    long started = bench.nanoTime().getAsLong();
    devices.connectAtOnce(BenchDevice::connectOnly);
    measured.handshakes.add(bench.secondsSince(started));
    hub.restart();
    connect(bench, hub, devices, measured.back);
    devices.disconnect();
    connect(bench, hub, devices, measured.resumed);
  }

  private static void connect(Bench bench, BenchHub hub, BenchDevices devices, Phases phases)
      throws IOException {
    Commits before = hub.commits();
    long started = bench.nanoTime().getAsLong();
    devices.connectAtOnce(BenchDevice::connect);
    devices.awaitWelcome();
    double seconds = bench.secondsSince(started);
    phases.add(seconds, hub.commits().since(before));
  }

  private static List<Figure> figures(Bench bench, Measured measured) throws IOException {
    return List.of(
        Figure.of(
                bench.devices() + " devices reconnect",
                measured.back.seconds,
                "s",
                "connections alone, same broker and TLS",
                measured.handshakes.median())
            .within(Budget.atMost(SECONDS)),
        Figure.of(
            "reconnect and the disk",
            measured.back.seconds,
            "s",
            Disk.PEER,
            measured.back.disk(bench)),
        Figure.of(
                "the same, hub stayed",
                measured.resumed.seconds,
                "s",
                "the same after the hub was killed: no TLS session to resume",
                measured.back.seconds.median())
            .within(Budget.atMost(SECONDS)),
        Figure.of(
            "hub stayed and the disk",
            measured.resumed.seconds,
            "s",
            Disk.PEER,
            measured.resumed.disk(bench)),
        Figure.of(
            "connections without TLS",
            measured.plain,
            "s",
            "connections alone with mutual TLS, P-256, no session to resume",
            measured.handshakes.median()));
  }
}
