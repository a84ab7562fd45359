package dev.drover.deploy.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.drover.term.Failures;
import dev.drover.term.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** What {@code drover simulate} prints and ends with. */
class SimulateCommandTest {
  private static final String LOGGING = "logback.configurationFile";
  private static final String SMALL = "--devices 4 --minutes 2";
  private static final Pattern BROKEN =
      Pattern.compile("seed (\\d+), event (\\d+): broken is that (.+)\\.");
  private static final Pattern AGAIN = Pattern.compile("\nAgain: deploy/drover simulate (.+)\n");

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final ByteArrayOutputStream failures = new ByteArrayOutputStream();
  private final PrintStream err = System.err;
  private @Nullable String logging;

  @BeforeEach
  void capture() {
    // The command says how parts log, which is decided by then for the other tests of this process.
    LoggerFactory.getLogger(SimulateCommandTest.class).debug("logging is set up");
    logging = System.getProperty(LOGGING);
    System.setErr(new PrintStream(failures, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setErr(err);
    if (logging == null) {
      System.clearProperty(LOGGING);
    } else {
      System.setProperty(LOGGING, logging);
    }
  }

  private int run(Supplier<Variant> variants, String words) {
    printed.reset();
    failures.reset();
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    SimulateCommand command =
        new SimulateCommand(variants, System::nanoTime, new Terminal(to, to, false));
    return Failures.install(new CommandLine(command)).execute(words.split(" ", -1));
  }

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  private static Variant shipped() {
    return Variant.SHIPPED;
  }

  private static Supplier<Variant> defect() {
    return Defects.find("a stop that takes no lease back").variant();
  }

  private static SimResult live(Supplier<Variant> variants, long seed) {
    return live(variants, new SimOptions(seed, 4, 2, EnumSet.allOf(Fault.class)));
  }

  private static SimResult live(Supplier<Variant> variants, SimOptions options) {
    return new SimWorld(options, variants.get(), null).live();
  }

  private Matcher broken() {
    Matcher broken = BROKEN.matcher(printed().lines().findFirst().orElse(""));
    assertTrue(broken.matches(), printed());
    return broken;
  }

  @Test
  void seedsThatHold_areSummedUp_andEndWithZero() throws Exception {
    long events =
        LongStream.rangeClosed(4, 5)
            .mapToObj(seed -> new SimOptions(seed, 2, 1, EnumSet.allOf(Fault.class)))
            .mapToLong(options -> live(SimulateCommandTest::shipped, options).trace().events())
            .sum();
    assertEquals(
        0,
        run(SimulateCommandTest::shipped, "--seeds 4..5 --devices 2 --minutes 1"),
        this::printed);
    assertEquals(
        "seeds 2, events " + events + ", violations 0", printed().lines().findFirst().orElse(""));
    assertTrue(printed().lines().limit(4).allMatch(line -> line.length() <= 80), printed());

    assertEquals(
        0, run(SimulateCommandTest::shipped, "--json --seeds 4..5 --devices 2 --minutes 1"));
    JsonNode sum = new JsonMapper().readTree(printed());
    assertEquals(2, sum.get("seeds").asInt());
    assertEquals(events, sum.get("events").asLong());
    assertEquals(0, sum.get("violations").asInt(-1));
  }

  @Test
  void firstBrokenInvariant_isShownInASmallerWorld_thatCanBeLivedThroughAgain() {
    assertEquals(1, run(defect(), "--seeds 1..60 " + SMALL), this::printed);
    Matcher broken = broken();
    long seed = Long.parseLong(broken.group(1));
    for (long before = 1; before < seed; before++) {
      assertTrue(live(defect(), before).violation().isEmpty(), "seed " + before + " was first");
    }
    SimResult whole = live(defect(), seed);
    assertEquals(whole.violation().map(Violation::invariant), Optional.of(broken.group(3)));
    assertTrue(
        printed()
            .endsWith(
                "\nThe whole world that it was found in: " + whole.options().command() + "\n"),
        printed());

    Matcher again = AGAIN.matcher(printed());
    assertTrue(again.find(), printed());
    assertNotEquals(whole.options().command(), "deploy/drover simulate " + again.group(1));
    String event = broken.group(2);
    assertTrue(Long.parseLong(event) <= whole.trace().events(), "a longer way to the same");
    List<String> trace =
        printed().lines().filter(line -> line.matches(" *\\d+ +\\d+\\.\\d{3}  .+")).toList();
    assertTrue(trace.get(trace.size() - 1).strip().startsWith(event + " "), printed());

    assertEquals(1, run(defect(), again.group(1)));
    assertEquals(event, broken().group(2), "the same history");
    assertEquals(broken.group(3), broken().group(3));
    assertEquals(
        0, run(SimulateCommandTest::shipped, again.group(1)), "it is the defect, not the world");
  }

  @Test
  void firstBrokenInvariant_isThereForPrograms() throws Exception {
    assertEquals(1, run(defect(), "--json --seeds 1..60 " + SMALL));
    JsonNode sum = new JsonMapper().readTree(printed());
    assertEquals(1, sum.get("violations").asInt());
    JsonNode broken = sum.get("broken");
    assertEquals(sum.get("seeds").asLong(), broken.get("seed").asLong(), "the first ones held");
    assertTrue(broken.get("trace").size() > 0, printed());
    assertEquals(
        1, run(defect(), broken.get("again").asText().replace("deploy/drover simulate ", "")));
    assertEquals(broken.get("invariant").asText(), broken().group(3));
    assertEquals(broken.get("event").asText(), broken().group(2));
  }

  @Test
  void trace_isWrittenWhole(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("t.txt");
    assertEquals(
        0, run(SimulateCommandTest::shipped, "--seeds 2..2 " + SMALL + " --trace " + file));
    List<String> lines = Files.readAllLines(file);
    List<String> last = live(SimulateCommandTest::shipped, 2).trace().last();
    assertTrue(lines.size() > last.size(), lines.size() + " lines");
    assertEquals(last, lines.subList(lines.size() - last.size(), lines.size()));
  }

  @ParameterizedTest
  @CsvSource({
    "--seeds 5..1, --seeds is two numbers",
    "--seeds abc, --seeds is two numbers",
    "--seeds 7, --seeds is two numbers",
    "--seeds 1..9999999999999999, --seeds is two numbers",
    "--devices 0, --devices is 1 to 1000",
    "--devices 1001, --devices is 1 to 1000",
    "--devices many, is no whole number",
    "--minutes 0, --minutes is 1 to 1440",
    "--minutes 1441, --minutes is 1 to 1440",
    "--faults flood, There is no fault flood",
    "--fast, There is no option --fast here",
    "again, is one argument too many",
  })
  void wrongArguments_areRefusedWithACode_andNothingIsLivedThrough(String words, String cause) {
    assertEquals(64, run(SimulateCommandTest::shipped, words));
    String said = failures.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " ");
    assertTrue(said.startsWith("drover: INVALID_ARGUMENT: "), said);
    assertTrue(said.contains(cause), said);
    assertTrue(said.contains(" next: "), said);
    assertEquals("", printed());
  }
}
