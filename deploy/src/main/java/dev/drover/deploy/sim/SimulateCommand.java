package dev.drover.deploy.sim;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code drover simulate}. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description = "Break a simulated fleet in every way the seeds hold, and check what must hold.",
    footer = {
      "",
      "Examples:",
      "  drover simulate --seeds 1..1000               explore",
      "  drover simulate --seeds 17..17 --trace t.txt  live through seed 17 again",
      "  drover simulate --seeds 1..1 --devices 1000   one large fleet",
      "  drover simulate --seeds 1..9 --faults drop,hub-crash",
      "",
      "Operators of these fleets do all that operators can do to jobs, releases and devices.",
      "The end says how many rows of the transition tables that used.",
      "",
      "Ends with 1 at the first broken invariant: says which, shows how it came to that in",
      "the smallest world that it finds, and how to see it again."
    })
public final class SimulateCommand implements Callable<Integer> {
  private static final Pattern SEEDS = Pattern.compile("(\\d{1,15})\\.\\.(\\d{1,15})");
  private static final int SHRINK_TRIES_MAX = 80;
  private static final int ROWS_NAMED_MAX = 20;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long PROGRESS_NANOS = NANOS_PER_SECOND;

  @Option(
      names = "--seeds",
      paramLabel = "A..B",
      description = "First and last seed; ${DEFAULT-VALUE} if not given.")
  private String seeds = "1..100";

  @Option(
      names = "--devices",
      paramLabel = "N",
      description = "Devices of each fleet, 1 to 1000; the seed decides if not given.")
  private @Nullable Integer devices;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description =
          "Simulated minutes in which things break, 1 to 1440; ${DEFAULT-VALUE} if not given.")
  private int minutes = SimOptions.MINUTES;

  @Option(
      names = "--faults",
      paramLabel = "NAME",
      split = ",",
      description = "What may break, or none; everything if not given.")
  private List<String> faults = List.of();

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Write down everything that happens.")
  private @Nullable Path trace;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  private final Supplier<Variant> variants;
  private final LongSupplier nanoTime;
  private final Terminal terminal;
  private final Map<Fault, Long> struck = new EnumMap<>(Fault.class);
  private long events;
  private long jobs;
  private long calls;
  private String hash = "";

  /**
   * Makes the command.
   *
   * @param nanoTime for the figure of events per second, which decides nothing
   */
  public SimulateCommand(LongSupplier nanoTime, Terminal terminal) {
    this(() -> Variant.SHIPPED, nanoTime, terminal);
  }

  /** Makes the command for fleets of other parts; each world gets its own. */
  SimulateCommand(Supplier<Variant> variants, LongSupplier nanoTime, Terminal terminal) {
    this.variants = variants;
    this.nanoTime = nanoTime;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    // Before the first logger is made: parts complain of what the seed breaks.
    System.setProperty("logback.configurationFile", "logback-simulation.xml");
    Matcher range = SEEDS.matcher(seeds);
    if (!range.matches() || Long.parseLong(range.group(1)) > Long.parseLong(range.group(2))) {
      throw invalid("--seeds is two numbers with two dots between, the first not above the second");
    }
    if (devices != null && (devices < 1 || devices > SimOptions.DEVICES_MAX)) {
      throw invalid("--devices is 1 to " + SimOptions.DEVICES_MAX);
    }
    if (minutes < 1 || minutes > SimOptions.MINUTES_MAX) {
      throw invalid("--minutes is 1 to " + SimOptions.MINUTES_MAX);
    }
    long first = Long.parseLong(range.group(1));
    long last = Long.parseLong(range.group(2));
    return run(first, last, allowed());
  }

  private static DroverException invalid(String rule) {
    return new DroverException(ErrorCode.INVALID_ARGUMENT, rule + ".");
  }

  private Set<Fault> allowed() {
    if (faults.isEmpty()) {
      return EnumSet.allOf(Fault.class);
    }
    Set<Fault> allowed = EnumSet.noneOf(Fault.class);
    for (String word : faults) {
      if (word.equals("none")) {
        continue;
      }
      allowed.add(
          Arrays.stream(Fault.values())
              .filter(fault -> fault.word().equals(word))
              .findFirst()
              .orElseThrow(() -> invalid("There is no fault " + word + "; there are " + words())));
    }
    return allowed;
  }

  private static String words() {
    return Arrays.stream(Fault.values()).map(Fault::word).collect(Collectors.joining(", "));
  }

  private int run(long first, long last, Set<Fault> allowed) throws IOException {
    long beginNanos = nanoTime.getAsLong();
    long shownNanos = beginNanos;
    try (Writer copy = trace == null ? null : Files.newBufferedWriter(trace)) {
      for (long seed = first; seed <= last; seed++) {
        SimOptions options = new SimOptions(seed, devices == null ? 0 : devices, minutes, allowed);
        SimResult result = new SimWorld(options, variants.get(), copy).live();
        count(result);
        if (result.violation().isPresent()) {
          return broken(seed - first + 1, result);
        }
        if (terminal.colour() && nanoTime.getAsLong() - shownNanos > PROGRESS_NANOS) {
          shownNanos = nanoTime.getAsLong();
          terminal.out().print("\r\u001b[Kseed " + seed + " of " + last);
          terminal.out().flush();
        }
      }
    }
    double seconds = (nanoTime.getAsLong() - beginNanos) / (double) NANOS_PER_SECOND;
    whole(last - first + 1, seconds);
    return 0;
  }

  private void count(SimResult result) {
    events += result.trace().events();
    jobs += result.counters().jobs;
    calls += result.counters().calls;
    hash = result.trace().hash();
    result.counters().faults().forEach((fault, times) -> struck.merge(fault, times, Long::sum));
  }

  private void whole(long count, double seconds) {
    if (json) {
      terminal.out().println(summary(count, 0).toPrettyString());
      return;
    }
    if (terminal.colour()) {
      terminal.out().print("\r\u001b[K");
    }
    terminal.out().printf(Locale.ROOT, "seeds %d, events %d, violations 0%n", count, events);
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%d jobs, %d calls of tools, %d faults; %.0f events/s%nThe last trace is %s.%n",
            jobs,
            calls,
            struck.values().stream().mapToLong(Long::longValue).sum(),
            events / Math.max(0.001, seconds),
            hash.substring(0, 16));
    covered();
  }

  /** Says which rows of the machines' tables these seeds did not come to. */
  private void covered() {
    Set<String> unused = Coverage.unusedSince(Map.of());
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%d of %d rows of transition tables used%n",
            Coverage.rows() - unused.size(),
            Coverage.rows());
    if (unused.size() <= ROWS_NAMED_MAX) {
      unused.forEach(row -> terminal.out().println("  not used: " + row));
    }
  }

  private int broken(long count, SimResult result) {
    SimResult smaller = new Shrinker(variants, SHRINK_TRIES_MAX).shrink(result);
    if (json) {
      ObjectNode summary = summary(count, 1);
      ObjectNode broken = summary.putObject("broken");
      broken.put("seed", result.options().seed()).put("event", smaller.trace().events());
      smaller
          .violation()
          .ifPresent(
              first -> broken.put("invariant", first.invariant()).put("what", first.getMessage()));
      broken.put("again", smaller.options().command());
      smaller.trace().last().forEach(broken.putArray("trace")::add);
      terminal.out().println(summary.toPrettyString());
    } else {
      terminal.out().print(smaller.report());
      terminal.out().println("The whole world that it was found in: " + result.options().command());
    }
    return 1;
  }

  private ObjectNode summary(long count, int violations) {
    ObjectNode summary = new JsonMapper().createObjectNode();
    summary.put("seeds", count).put("events", events).put("violations", violations);
    summary.put("jobs", jobs).put("calls", calls).put("last_trace_sha256", hash);
    summary.put("rows", Coverage.rows());
    Coverage.unusedSince(Map.of()).forEach(summary.putArray("rows_unused")::add);
    ObjectNode byFault = summary.putObject("faults");
    struck.forEach((fault, times) -> byFault.put(fault.word(), times));
    return summary;
  }
}
