package dev.drover.deploy.bench;

import dev.drover.config.Places;
import dev.drover.crypto.DurableFiles;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Machine;
import dev.drover.deploy.fleet.Workplace;
import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code drover load}. */
@Command(
    name = "load",
    mixinStandardHelpOptions = true,
    description = {
      "Put a hub on this machine under load, to know what size it must have.",
      "",
      "Starts a hub of its own and simulated devices over the real broker and TLS, each with an"
          + " identity of its own, and gives them jobs for a while. Shows figures each second, and"
          + " deletes everything at the end. The devices share the machine with the hub: what the"
          + " hub alone could do is more."
    },
    footer = {
      "",
      "Examples:",
      "  drover load --devices 500 --seconds 30     500 devices, half a minute",
      "  drover load --devices 2000 --jobs 4        more jobs at once",
      "  drover load --devices 200 --json load.json  figures for a program"
    })
public final class LoadCommand implements Callable<Integer> {
  private static final int DEVICES_MAX = 10_000;
  private static final int SECONDS_MAX = 3_600;
  private static final int JOBS_MAX = 32;

  @Option(
      names = "--devices",
      paramLabel = "N",
      description = "Simulated devices, 1 to 10000; ${DEFAULT-VALUE} if not given.")
  private int devices = 1000;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long, 1 to 3600; ${DEFAULT-VALUE} if not given.")
  private int seconds = 60;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description = "Jobs at once, each on all devices, 1 to 32; ${DEFAULT-VALUE} if not given.")
  private int jobs = 2;

  @Option(
      names = "--heartbeat",
      paramLabel = "SECONDS",
      description = "Between two heartbeats of a device, 1 to 3600; ${DEFAULT-VALUE} if not given.")
  private int heartbeat = 60;

  @Option(
      names = "--tool",
      paramLabel = "NAME",
      description = "What the jobs call; ${DEFAULT-VALUE} if not given.")
  private String tool = "device.status";

  @Option(names = "--json", paramLabel = "FILE", description = "Write the sum as JSON.")
  private @Nullable Path json;

  private final Map<String, String> environment;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final Terminal terminal;

  /** Makes the command. */
  public LoadCommand(
      Map<String, String> environment, Clock clock, LongSupplier nanoTime, Terminal terminal) {
    this.environment = environment;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    require("--devices", devices, DEVICES_MAX);
    require("--seconds", seconds, SECONDS_MAX);
    require("--jobs", jobs, JOBS_MAX);
    require("--heartbeat", heartbeat, SECONDS_MAX);
    if (Vocabulary.toolNumber(tool) == 0) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "--tool is one of " + Vocabulary.tools() + ".");
    }
    LoadPlan plan = new LoadPlan(devices, seconds, jobs, heartbeat, tool);
    LoadResult result;
    Path cache = Places.cache(environment).toAbsolutePath();
    try (Workplace place = Workplace.create(cache, "load");
        LoadRun run = new LoadRun(bench(place), plan)) {
      result = run.run();
    } catch (CheckFailed failed) {
      throw new DroverException(ErrorCode.UNAVAILABLE, String.valueOf(failed.getMessage()), failed)
          .withNextStep("Try fewer devices, or look at the hub's own log with `hub run`.");
    }
    terminal.out().print((terminal.colour() ? "\r\u001b[K\n" : "\n") + result.table());
    if (json != null) {
      DurableFiles.replace(
          json, result.json().getBytes(StandardCharsets.UTF_8), DurableFiles.PUBLIC);
    }
    return result.failed() == 0 ? 0 : 1;
  }

  private Bench bench(Workplace place) {
    Path launcher = Machine.launcher(environment);
    return new Bench(place.root(), launcher, 1, 0, devices, environment, terminal, clock, nanoTime);
  }

  private static void require(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, option + " must be 1 to " + most + ".");
    }
  }
}
