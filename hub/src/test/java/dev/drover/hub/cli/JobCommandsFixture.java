package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.v1.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;

/** The commands about jobs. Jobs here wait for late joiners. */
abstract class JobCommandsFixture extends CommandsFixture {
  static Path approver;

  @BeforeAll
  static void addApprover() {
    approver = directory.resolve("approver.pem");
    hub.operator(Role.APPROVER).store(approver);
  }

  /** Runs a command, whose lines fit a terminal. */
  @Override
  int run(Path operator, String... words) {
    int code = super.run(operator, words);
    boolean json = List.of(words).contains("--json");
    assertTrue(json || text().lines().allMatch(shown -> shown.length() <= 80), text());
    assertTrue(failure().lines().allMatch(shown -> shown.length() <= 80), failure());
    return code;
  }

  /** Creates a job that no device matches yet, and returns it as the hub has it. */
  JsonNode job(String... options) throws Exception {
    List<String> words =
        new ArrayList<>(List.of("job", "run", "--tool", "device.status", "--continuous", "--json"));
    words.addAll(List.of(options));
    assertEquals(0, run(words.toArray(String[]::new)), this::failure);
    return JSON.readTree(text());
  }

  /** Returns what an approver has to name. */
  String hash(String id) {
    assertEquals(0, run("job", "show", id));
    String shown = text().replaceAll("\\s+", " ");
    return shown.substring(shown.indexOf("--spec ") + 7).substring(0, 8);
  }
}
