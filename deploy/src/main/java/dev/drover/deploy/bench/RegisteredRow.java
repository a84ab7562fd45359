package dev.drover.deploy.bench;

import dev.drover.deploy.fleet.CheckFailed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What registered devices cost a hub that does nothing but take a heartbeat a minute from each: in
 * memory, on disk and of a processor, at three sizes, each ten times the one before.
 */
final class RegisteredRow implements Row {
  private static final List<Integer> SIZES = List.of(1_000, 10_000, 100_000);
  private static final int SECONDS = 10;
  private static final int MINUTES = 5;

  /** One size, as the probe tells it. */
  private record Point(int devices, double memory, double disk, double processor, int heartbeats) {
    static Point of(String line) {
      String[] words = line.split(" ", -1);
      return new Point(
          Integer.parseInt(words[1]),
          Double.parseDouble(words[2]),
          Double.parseDouble(words[3]),
          Double.parseDouble(words[4]),
          Integer.parseInt(words[5]));
    }
  }

  @Override
  public String name() {
    return "jobs-registered";
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    List<Point> points = probe(bench);
    Point first = points.get(0);
    List<Figure> figures = new ArrayList<>();
    for (Point point : points) {
      String devices = String.format(Locale.ROOT, "%,d registered", point.devices());
      String peer = String.format(Locale.ROOT, "%,d devices", first.devices());
      figures.add(figure(devices + ": memory", point.memory(), "MB", 1, peer, first.memory()));
      figures.add(figure(devices + ": store", point.disk(), "MB", 1, peer, first.disk()));
      figures.add(
          figure(
              devices + ": processor",
              point.processor(),
              "%",
              point.heartbeats(),
              peer,
              first.processor()));
    }
    Point middle = points.get(1);
    Point last = points.get(2);
    figures.add(
        figure(
            "memory for one more device",
            bytesEach(middle, last),
            "B",
            last.devices() - middle.devices(),
            "between the first two sizes",
            bytesEach(first, middle)));
    return figures;
  }

  private static double bytesEach(Point less, Point more) {
    return 1e6 * (more.memory() - less.memory()) / (more.devices() - less.devices());
  }

  private static Figure figure(
      String name, double value, String unit, int n, String peer, double peerValue) {
    return new Figure(name, value, unit, n, peer, peerValue, null);
  }

  private static List<Point> probe(Bench bench) throws IOException {
    Path store = Files.createDirectories(bench.root().resolve("registered"));
    List<String> arguments = new ArrayList<>();
    arguments.add(store.toString());
    arguments.add(Integer.toString(SECONDS));
    SIZES.forEach(size -> arguments.add(Integer.toString(size)));
    Process process = start(arguments);
    try {
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        throw new CheckFailed("Registering took more than " + MINUTES + " minutes.");
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      List<Point> points =
          output.lines().filter(line -> line.startsWith("result ")).map(Point::of).toList();
      if (points.size() != SIZES.size()) {
        throw new CheckFailed("The devices were not registered: " + output.strip());
      }
      return points;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new CheckFailed("This was interrupted.");
    } finally {
      process.destroyForcibly();
    }
  }

  /** Starts the probe with the flags of a hub. */
  private static Process start(List<String> arguments) throws IOException {
    return ProbeJvm.of(RegisteredProbe.class, List.of("-Xms48m", "-Xmx224m"), arguments)
        .redirectErrorStream(true)
        .start();
  }
}
