package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.drover.hub.HubFixture;
import dev.drover.term.Failures;
import dev.drover.v1.Role;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The commands about jobs as operators type them, against a hub. Jobs here wait for late joiners.
 */
abstract class JobCommandsFixture {
  @TempDir static Path directory;
  static final JsonMapper JSON = new JsonMapper();
  static HubFixture hub;
  static Path admin;
  static Path approver;
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
    approver = directory.resolve("approver.pem");
    hub.operator(Role.APPROVER).store(approver);
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

  int run(Path operator, String... words) {
    printed.reset();
    failures.reset();
    CommandLine line = new CommandLine(new Top());
    line.addSubcommand(new JobCommand());
    line.addSubcommand(new RolloutCommand());
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--hub", hub.address(), "--operator", operator.toString()));
    int code = Failures.install(line).execute(all.toArray(String[]::new));
    boolean json = all.contains("--json");
    assertTrue(json || text().lines().allMatch(shown -> shown.length() <= 80), text());
    return code;
  }

  int run(String... words) {
    return run(admin, words);
  }

  String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  String failure() {
    return failures.toString(StandardCharsets.UTF_8);
  }

  /** Creates a job that no device matches yet, and returns it as the hub has it. */
  JsonNode job(String... options) throws Exception {
    List<String> words =
        new ArrayList<>(List.of("job", "run", "--tool", "device.status", "--continuous", "--json"));
    words.addAll(List.of(options));
    printed.reset();
    CommandLine line = new CommandLine(new Top());
    line.addSubcommand(new JobCommand());
    words.addAll(List.of("--hub", hub.address(), "--operator", admin.toString()));
    assertEquals(0, Failures.install(line).execute(words.toArray(String[]::new)), this::failure);
    return JSON.readTree(text());
  }

  /** Returns what an approver has to name. */
  String hash(String id) {
    assertEquals(0, run("job", "show", id));
    String shown = text().replaceAll("\\s+", " ");
    return shown.substring(shown.indexOf("--spec ") + 7).substring(0, 8);
  }
}
