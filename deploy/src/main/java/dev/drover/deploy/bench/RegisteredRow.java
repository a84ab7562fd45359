package dev.drover.deploy.bench;

import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Machine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * What registered devices cost a hub that does nothing but take a heartbeat a minute from each: in
 * memory, on disk and of a processor, at three sizes, each ten times the one before; beside the
 * hub's store alone, which makes the same rows durable in the same commits.
 */
final class RegisteredRow implements Row {
  private static final List<Integer> SIZES = List.of(1_000, 10_000, 100_000);
  private static final int SECONDS = 5;
  private static final int MINUTES = 5;

  /** Most samples: each takes a minute. */
  private static final int RUNS_MAX = 3;

  /** Where the launcher says how it starts the JVM of a hub. */
  private static final String HUB_FLAGS = "DROVER_HUB_FLAGS";

  private static final String HUB_ARENAS = "DROVER_HUB_ARENAS";

  private static final String PEER = "the same rows in the same commits, in the hub's store alone";

  @Override
  public String name() {
    return "jobs-registered";
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    List<List<RegisteredPoint>> hubs = new ArrayList<>();
    List<List<RegisteredPoint>> raws = new ArrayList<>();
    int runs = Math.min(bench.runs(), RUNS_MAX);
    for (int run = 0; run < runs; run++) {
      bench.progress("registered: run " + (run + 1) + " of " + runs);
      Path root = Files.createDirectories(bench.root().resolve("registered"));
      String trace = root.resolve("trace").toString();
      String store = root.resolve("hub").toString();
      String raw = root.resolve("raw").toString();
      hubs.add(
          points(bench, RegisteredProbe.class, List.of(store, trace, Integer.toString(SECONDS))));
      raws.add(points(bench, RegisteredRaw.class, List.of(raw, trace)));
      Machine.delete(root);
    }
    return figures(hubs, raws);
  }

  /** Makes the figures of the samples, each with a point for each size. */
  static List<Figure> figures(List<List<RegisteredPoint>> hubs, List<List<RegisteredPoint>> raws) {
    List<Figure> figures = new ArrayList<>();
    Comparison all = new Comparison(hubs, raws);
    for (int i = 0; i < SIZES.size(); i++) {
      int size = i;
      String devices = String.format(Locale.ROOT, "%,d registered: ", SIZES.get(i));
      figures.add(all.figure(devices + "memory", "MB", points -> points.get(size).memory()));
      figures.add(all.figure(devices + "heap", "MB", points -> points.get(size).heap()));
      figures.add(all.figure(devices + "store", "MB", points -> points.get(size).disk()));
      figures.add(all.figure(devices + "processor", "%", points -> points.get(size).processor()));
    }
    for (int i = 1; i < SIZES.size(); i++) {
      int size = i;
      String to = String.format(Locale.ROOT, "one more, to %,d: ", SIZES.get(i));
      figures.add(
          all.figure(to + "memory", "B", points -> each(points, size, RegisteredPoint::memory)));
      figures.add(
          all.figure(to + "heap", "B", points -> each(points, size, RegisteredPoint::heap)));
    }
    return figures;
  }

  /** What the hub took and what its store alone did, sample by sample. */
  private record Comparison(List<List<RegisteredPoint>> hubs, List<List<RegisteredPoint>> raws) {
    Figure figure(String name, String unit, ToDoubleFunction<List<RegisteredPoint>> value) {
      return Figure.of(name, samples(hubs, value), unit, PEER, samples(raws, value).median());
    }

    private static Samples samples(
        List<List<RegisteredPoint>> runs, ToDoubleFunction<List<RegisteredPoint>> value) {
      Samples samples = new Samples();
      runs.forEach(points -> samples.add(value.applyAsDouble(points)));
      return samples;
    }
  }

  /** Returns the bytes that each device takes that a size has more than the one before it. */
  private static double each(
      List<RegisteredPoint> points, int size, ToDoubleFunction<RegisteredPoint> megabytes) {
    RegisteredPoint less = points.get(size - 1);
    RegisteredPoint more = points.get(size);
    return 1e6
        * (megabytes.applyAsDouble(more) - megabytes.applyAsDouble(less))
        / (more.devices() - less.devices());
  }

  /** Runs a program as the launcher runs a hub. */
  private static List<RegisteredPoint> points(Bench bench, Class<?> probe, List<String> arguments)
      throws IOException {
    List<String> all = new ArrayList<>(arguments);
    SIZES.forEach(size -> all.add(Integer.toString(size)));
    List<String> flags = List.of(bench.environment().getOrDefault(HUB_FLAGS, "").split(" ", -1));
    ProcessBuilder builder = ProbeJvm.of(probe, flags, all).redirectErrorStream(true);
    builder.environment().put("MALLOC_ARENA_MAX", bench.environment().getOrDefault(HUB_ARENAS, ""));
    Process process = builder.start();
    try {
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        throw new CheckFailed("Registering took more than " + MINUTES + " minutes.");
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      List<RegisteredPoint> points = RegisteredPoint.all(output);
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
}
