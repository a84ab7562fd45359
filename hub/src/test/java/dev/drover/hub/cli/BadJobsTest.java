package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators should not ask for: each is refused with its code, and the state stays right. */
class BadJobsTest extends JobCommandsFixture {
  private static final int WRONG = 64;
  private static final int STATE = 70;
  private static final int DENIED = 77;

  private void refused(String code, String cause) {
    String said = said();
    assertTrue(said.startsWith("drover: " + code + ": "), said);
    assertTrue(said.contains(cause), said);
    assertTrue(said.contains(" next: "), said);
    assertFalse(said.contains("Exception"), said);
  }

  private String state(String id) throws Exception {
    assertEquals(0, run("job", "show", id, "--json"), this::failure);
    return JSON.readTree(text()).get("job").get("state").asText();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--select site=                     | SELECTOR_INVALID | column 6",
        "--select \"site in (a\"            | SELECTOR_INVALID | column",
        "--group 60% --group 60%            | INVALID_ARGUMENT | 120 together, over 100",
        "--group 10% --group 20%            | INVALID_ARGUMENT | only 30 together",
        "--group rest --group 1             | INVALID_ARGUMENT | Group 1 of the job has no count",
        "--group site=                      | SELECTOR_INVALID | column 6",
        "--group \"retired site\"            | SELECTOR_INVALID | At column 9, a comma",
        "--group \"!\"                        | SELECTOR_INVALID | column 2",
        "--gate 101                         | INVALID_ARGUMENT | gate.success_percent is 0 to 100",
        "--gate-failures 101                | INVALID_ARGUMENT | gate.failure_percent is 0 to 100",
        "--group 3 --group rest --gate-min 4| INVALID_ARGUMENT | gate.minimum_ended is 0 to 3",
        "--abort-if any=100.01              | INVALID_ARGUMENT | abort_rules.threshold is 1 to 10000",
        "--gate-of 1=4294967391             | INVALID_ARGUMENT | gate-of, 1 is a whole percentage",
        "--gate-of 1=90.5                   | INVALID_ARGUMENT | gate-of, 1 is a whole percentage",
        "--gate-of 1=9,failures=4294967296  | INVALID_ARGUMENT | gate-of, failures is a whole",
        "--gate-of 1=9,min=4294967297       | INVALID_ARGUMENT | gate-of, min is a whole number",
        "--health crashes=0,percent=99.9    | INVALID_ARGUMENT | health, percent is a whole",
        "--health crashes=0,percent=0       | INVALID_ARGUMENT | health, percent is a whole",
        "--health crashes=0,min=4294967297  | INVALID_ARGUMENT | health, min is a whole number",
        "--abort-if any=10%,min=4294967297  | INVALID_ARGUMENT | abort-if, min is a whole",
        "--rate 60 --grow every=4294967306  | INVALID_ARGUMENT | grow, every is a whole",
        "--rate 60 --grow max=4294967396    | INVALID_ARGUMENT | grow, max is a whole",
        "--rate 60 --grow factor=2%,every=9 | INVALID_ARGUMENT | grow, factor is a factor",
        "--window \"0 2 30 2 * for 1h\"     | INVALID_ARGUMENT | no such day ever comes",
        "--window \"0 25 * * * for 1h\"     | INVALID_ARGUMENT | windows[0].cron is five fields",
        "--window \"0 2 * * * for 1h in Mars/Base\" | INVALID_ARGUMENT | no time zone",
        "--window \"0 2 1 1 * for 1h in UTC\" --deadline 60 | INVALID_ARGUMENT | never opens",
        "--window \"0 2 * * * for 24h\"     | INVALID_ARGUMENT | duration_minutes is 1 to 1430",
        "--group 1 --soak 3600 --group rest | INVALID_ARGUMENT | gate.soak_seconds is 3600",
        "--start +7200                      | INVALID_ARGUMENT | start_ms never comes",
        "--concurrency 10001                | INVALID_ARGUMENT | concurrency is 0 to 10000",
        "--deadline 0                       | INVALID_ARGUMENT | deadline_seconds is 1 to",
        "--attempts 11                      | INVALID_ARGUMENT | retry.attempts is 0 to 10",
        "--backoff 3601                     | INVALID_ARGUMENT | retry.backoff_seconds is 0 to 3600",
        "--priority 101                     | INVALID_ARGUMENT | priority is 0 to 100",
        "--args []                          | INVALID_ARGUMENT | is a JSON object",
      })
  void jobThatCannotBe_isNotCreated(String options, String code, String cause) throws Exception {
    assertEquals(0, run("job", "ls", "--json"));
    String before = text();
    List<String> words =
        new ArrayList<>(List.of("job", "run", "--tool", "device.status", "--continuous"));
    for (String word : options.split(" (?=([^\"]*\"[^\"]*\")*[^\"]*$)")) {
      words.add(word.replace("\"", ""));
    }
    assertEquals(WRONG, run(words.toArray(String[]::new)), options);
    refused(code, cause);
    assertEquals(0, run("job", "ls", "--json"));
    assertEquals(before, text());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--gate 101                         | --gate",
        "--abort-if any=100.01              | --abort-if",
        "--window \"0 25 * * * for 1h\"     | --window",
        "--lease 5                          | --lease",
        "--deadline 0                       | --deadline",
        "--rate 60 --grow factor=9,every=10,max=100 | --grow",
        "--group rest --group 1             | --group",
        "--args []                          | --args",
      })
  void refusalOfAField_namesTheOption(String options, String option) {
    List<String> words = new ArrayList<>(List.of("job", "run", "--tool", "device.status"));
    for (String word : options.split(" (?=([^\"]*\"[^\"]*\")*[^\"]*$)")) {
      words.add(word.replace("\"", ""));
    }
    assertEquals(WRONG, run(words.toArray(String[]::new)), options);
    assertTrue(said().contains("next: Correct " + option + "; "), failure());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "0",
        "0%",
        "-5",
        "+5",
        "-5%",
        "1.5",
        "1,5",
        "10 %",
        "10%%",
        "10.5%",
        "101%",
        "abc%",
        "%",
        "5 ",
        "100001",
        "4294967297"
      })
  void groupThatIsAlmostASize_isRefusedHere_andNotTakenForASelector(String size) {
    assertEquals(WRONG, run("job", "run", "--tool", "device.status", "--group", size));
    refused("INVALID_ARGUMENT", "A group is 1 to 100000 devices, a whole percentage from 1%");
    assertTrue(said().contains("next: Correct --group; "), failure());
  }

  @Test
  void selectorThatIsLong_isMarkedWithinALine() {
    String selector = "site=hall3, ".repeat(20) + "role=";
    assertEquals(WRONG, run("job", "run", "--tool", "device.status", "--select", selector));
    List<String> lines = failure().lines().toList();
    assertTrue(lines.get(1).startsWith("…") && lines.get(1).endsWith("role="), failure());
    assertEquals(lines.get(1).length(), lines.get(2).indexOf('^'), failure());
  }

  @Test
  void jobOverALimit_isNotCreated() {
    List<String> words = new ArrayList<>(List.of("job", "run", "--tool", "device.status"));
    for (int i = 0; i < 101; i++) {
      words.addAll(List.of("--group", "1"));
    }
    assertEquals(WRONG, run(words.toArray(String[]::new)));
    refused("LIMIT_EXCEEDED", "The number of groups");
    assertEquals(WRONG, run("job", "run", "--tool", "device.status", "--name", "n".repeat(200)));
    refused("INVALID_ARGUMENT", "the length of name");
  }

  @Test
  void gateWithoutGroups_holdsForAll() throws Exception {
    assertEquals(1, job("--gate", "90").get("spec").get("groups").size());
    assertEquals(0, job("--key", "no-gate").get("spec").path("groups").size());
  }

  @Test
  void author_doesNotApprove_andNobodyCountsTwice() throws Exception {
    Path second = directory.resolve("second.pem");
    hub.add("second", Role.APPROVER).store(second);
    String id = job("--approvals", "2").get("job").asText();
    String spec = hash(id);
    assertEquals(DENIED, run("job", "approve", id, "--spec", spec));
    refused(
        "PERMISSION_DENIED",
        "Whoever created a job does not approve or deny it. next: Ask another operator with the"
            + " role approver; an admin adds one with `drover operator add`.");
    assertEquals(0, run(approver, "job", "approve", id, "--spec", spec));
    assertEquals(0, run(approver, "job", "approve", id, "--spec", spec));
    assertTrue(text().contains("1 of 2 approvals given"), text());
    assertEquals("JOB_WAITING_FOR_APPROVAL", state(id));
    assertEquals(0, run(second, "job", "approve", id, "--spec", spec));
    assertEquals("JOB_RUNNING", state(id));
    assertEquals(STATE, run(second, "job", "approve", id, "--spec", spec));
    refused("ILLEGAL_TRANSITION", "The job is running; it does not wait for approval.");
  }

  @Test
  void whatHasEnded_isNotEndedAgain() throws Exception {
    String id = job("--approvals", "1", "--key", "ends").get("job").asText();
    assertEquals(STATE, run("job", "pause", id));
    refused("ILLEGAL_TRANSITION", "The job waits for approval; it cannot be paused.");
    assertEquals(STATE, run("job", "resume", id));
    refused("ILLEGAL_TRANSITION", "The job waits for approval; it is not paused.");
    assertEquals(0, run(approver, "job", "deny", id, "--spec", hash(id)));
    for (String verb : List.of("cancel", "pause", "resume")) {
      assertEquals(STATE, run("job", verb, id), verb);
      refused("ILLEGAL_TRANSITION", "The job was aborted; it ");
    }
    assertEquals(STATE, run("job", "rollback", id));
    refused("ILLEGAL_TRANSITION", "Only a job that installs a release is rolled back.");
    assertEquals("JOB_ABORTED", state(id));
  }

  @Test
  void resumeOfARunningJob_changesNothing() throws Exception {
    String id = job("--key", "runs").get("job").asText();
    assertEquals(0, run("job", "show", id, "--json"));
    String before = text();
    assertEquals(0, run("job", "resume", id));
    assertEquals(0, run("job", "show", id, "--json"));
    assertEquals(before, text());
  }
}
