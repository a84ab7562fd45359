package dev.drover.deploy.bench;

import dev.drover.config.Places;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Machine;
import dev.drover.deploy.fleet.Workplace;
import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measure this machine's fleet beside what it could do at best.",
    footer = {
      "",
      "Examples:",
      "  drover bench --json bench.json       everything, and keep the figures",
      "  drover bench jobs                    every row about jobs",
      "  drover bench --only memory,audit     two rows",
      "",
      "Ends with 1 if a figure is over its budget or lacks its peer or model."
    })
public final class BenchCommand implements Callable<Integer> {
  private static final List<Row> ROWS =
      List.of(
          new MemoryRow(),
          new DownloadRow(),
          new AuditRow(),
          new AuditDeviceRow(),
          new JobsRow(),
          new RolloutRow(),
          new ReconnectRow(),
          new RegisteredRow(),
          new ModelRow());
  private static final int RUNS_MAX = 50;
  private static final int IDLE_SECONDS_MAX = 3600;
  private static final int DEVICES_MAX = 10_000;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description = "Rows to measure; all if not given.")
  private List<String> only = List.of();

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description = "Rows to measure, jobs for all whose names begin with it; all if not given.")
  private List<String> named = List.of();

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON.")
  private @Nullable Path json;

  @Option(names = "--no-peer", description = "Accept figures whose peer or model is missing.")
  private boolean noPeer;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "Samples of each figure, 1 to 50; ${DEFAULT-VALUE} if not given.")
  private int runs = 5;

  @Option(
      names = "--idle",
      paramLabel = "SECONDS",
      description = "Rest before memory is read, 0 to 3600; ${DEFAULT-VALUE} if not given.")
  private int idle = 300;

  @Option(
      names = "--devices",
      paramLabel = "N",
      description = "Simulated devices, 1 to 10000; ${DEFAULT-VALUE} if not given.")
  private int devices = 1000;

  private final Map<String, String> environment;
  private final Clock clock;
  private final LongSupplier nanoTime;

  /** Makes the command. */
  public BenchCommand(Map<String, String> environment, Clock clock, LongSupplier nanoTime) {
    this.environment = environment;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  @Override
  public Integer call() throws IOException {
    require("--runs", runs, 1, RUNS_MAX);
    require("--idle", idle, 0, IDLE_SECONDS_MAX);
    require("--devices", devices, 1, DEVICES_MAX);
    List<Row> rows = picked();
    Path launcher = Machine.launcher(environment);
    Terminal terminal = Terminal.system();
    List<Figure> figures = new ArrayList<>();
    Path cache = Places.cache(environment).toAbsolutePath();
    try (Workplace place = Workplace.create(cache, "bench")) {
      Bench bench =
          new Bench(
              place.root(), launcher, runs, idle, devices, environment, terminal, clock, nanoTime);
      for (Row row : rows) {
        List<Figure> measured = measure(row, bench);
        measured.forEach(figure -> bench.progress(figure.inWords()));
        figures.addAll(measured);
      }
    }
    BenchReport report = new BenchReport(figures, noPeer);
    terminal.out().print((terminal.colour() ? "\r\u001b[K\n" : "\n") + report.table());
    if (json != null) {
      report.write(json);
    }
    return report.ok() ? 0 : 1;
  }

  private static void require(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, option + " must be " + least + " to " + most + ".");
    }
  }

  private List<Row> picked() {
    List<String> wanted = new ArrayList<>(only);
    wanted.addAll(named);
    List<String> names = ROWS.stream().map(Row::name).toList();
    for (String name : wanted) {
      if (names.stream().noneMatch(row -> belongs(row, name))) {
        throw new DroverException(
            ErrorCode.INVALID_ARGUMENT,
            "There is no row " + name + "; there are " + String.join(", ", names) + ".");
      }
    }
    return ROWS.stream()
        .filter(
            row -> wanted.isEmpty() || wanted.stream().anyMatch(name -> belongs(row.name(), name)))
        .toList();
  }

  private static boolean belongs(String row, String name) {
    return row.equals(name) || row.startsWith(name + "-");
  }

  /** A row that fails is a figure that says why; the others are still measured. */
  private static List<Figure> measure(Row row, Bench bench) {
    bench.progress(row.name());
    try {
      return row.run(bench);
    } catch (CheckFailed failed) {
      return List.of(Figure.failed(row.name(), "not measured: " + failed.getMessage()));
    } catch (DroverException failed) {
      return List.of(Figure.failed(row.name(), "not measured: " + failed.forPerson()));
    } catch (Exception failed) {
      return List.of(Figure.failed(row.name(), "not measured: " + failed));
    }
  }
}
