package dev.drover.hub.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.drover.hub.HubFixture;
import dev.drover.term.Failures;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The operators' commands as they are typed, against a whole hub. */
abstract class CommandsFixture {
  @TempDir static Path directory;
  static final JsonMapper JSON = new JsonMapper();
  static HubFixture hub;
  static Path admin;
  private static final Pattern LOGGED = Pattern.compile("^[0-9:]{8}\\.[0-9]{3} [A-Z]{4,5} ");
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final ByteArrayOutputStream failures = new ByteArrayOutputStream();

  @Command(name = "drover")
  private static final class Top {}

  @BeforeAll
  static void startHub() {
    hub = HubFixture.withoutBroker(directory.resolve("hub"));
    admin = directory.resolve("hub/operators/admin.pem");
  }

  @AfterAll
  static void stopHub() {
    hub.close();
  }

  @BeforeEach
  void capture() {
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(failures, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setOut(out);
    System.setErr(err);
  }

  int run(String... words) {
    return run(admin, words);
  }

  int run(Path operator, String... words) {
    return run(hub.address(), operator, words);
  }

  /** Runs a command; what it printed is then in {@link #text} and {@link #failure}. */
  final int run(String address, Path operator, String... words) {
    printed.reset();
    failures.reset();
    CommandLine line = new CommandLine(new Top());
    line.addSubcommand(
        new HubCommand((config, terminal) -> 0, Clock.systemUTC(), new SecureRandom()));
    line.addSubcommand(new DeviceCommand());
    line.addSubcommand(new OperatorCommand(new SecureRandom()));
    line.addSubcommand(new JobCommand());
    line.addSubcommand(new RolloutCommand());
    line.addSubcommand(new GroupCommand());
    line.addSubcommand(new ReleaseCommand(Clock.systemUTC(), new SecureRandom()));
    line.addSubcommand(new AuditCommand(Clock.systemUTC()));
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--hub", address, "--operator", operator.toString()));
    return Failures.install(line).execute(all.toArray(String[]::new));
  }

  final String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** Returns what the command said of its failure, without what the hub of this test logs there. */
  final String failure() {
    return failures
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !LOGGED.matcher(line).find())
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  /** Returns the failure as one line. */
  final String said() {
    return failure().replaceAll("\\s+", " ");
  }
}
