package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.term.Terminal;
import dev.drover.v1.Job;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChecksTest {
  private static final long HALF_SECOND_NANOS = 500_000_000;

  @TempDir private Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final AtomicLong nanos = new AtomicLong();
  private final Checks checks = checks(false);

  private Checks checks(boolean colour) {
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Checks(new Terminal(out, out, colour), () -> nanos.getAndAdd(HALF_SECOND_NANOS));
  }

  private JsonNode report() throws IOException {
    Path file = directory.resolve("new/report.json");
    checks.report(file);
    return new ObjectMapper().readTree(file.toFile());
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void report_ofChecksThatHeld_hasNamesTimesAndDetails() throws Exception {
    assertTrue(checks.run("hub starts", () -> "ready"));
    assertTrue(checks.run("secret stays", () -> "not \"found\""));
    assertEquals(
        "{\"ok\":true,\"checks\":["
            + "{\"name\":\"hub starts\",\"ok\":true,\"seconds\":0.5,\"detail\":\"ready\"},"
            + "{\"name\":\"secret stays\",\"ok\":true,\"seconds\":0.5,"
            + "\"detail\":\"not \\\"found\\\"\"}]}",
        report().toString());
    assertTrue(checks.allHeld());
    checks.summary();
    assertTrue(text().endsWith("Everything works: 2 of 2 checks held in 1 s.\n"), text());
  }

  @Test
  void report_ofAFailedCheck_isNotOk_whateverHeldBesideIt() throws Exception {
    assertTrue(checks.run("one", () -> "fine"));
    assertFalse(checks.run("two", () -> fail(new CheckFailed("saw 3, not 4"))));
    assertTrue(checks.run("three", () -> "fine"));
    assertFalse(checks.allHeld());
    JsonNode report = report();
    assertFalse(report.get("ok").asBoolean(true));
    assertEquals(
        "{\"name\":\"two\",\"ok\":false,\"seconds\":0.5,\"detail\":\"saw 3, not 4\"}",
        report.get("checks").get(1).toString());
    assertTrue(report.get("checks").get(2).get("ok").asBoolean());
    checks.summary();
    assertTrue(text().contains("FAIL  two"), text());
    assertTrue(text().endsWith("Not everything works: 2 of 3 checks held in 2 s.\n"), text());
  }

  private static String fail(Exception failure) throws Exception {
    throw failure;
  }

  @Test
  void failure_ofAnyKind_isADetail() throws Exception {
    DroverException coded = new DroverException(ErrorCode.UNAVAILABLE, "The hub is away.");
    assertFalse(checks.run("coded", () -> fail(coded)));
    assertFalse(checks.run("other", () -> fail(new IOException("broken pipe"))));
    JsonNode list = report().get("checks");
    assertEquals(coded.forPerson(), list.get(0).get("detail").asText());
    assertEquals("java.io.IOException: broken pipe", list.get(1).get("detail").asText());
  }

  @Test
  void nothingChecked_isNotOk() throws Exception {
    assertEquals("{\"ok\":false,\"checks\":[]}", report().toString());
  }

  @Test
  void partLeftOut_isSeen_andCountsNeitherWay() throws Exception {
    assertTrue(checks.run("one", () -> "fine"));
    checks.leftOut("two", "left out: --small");
    assertTrue(checks.allHeld());
    assertEquals(1, report().get("checks").size());
    assertTrue(text().contains("--  two"), text());
    assertTrue(text().contains("left out: --small"), text());
  }

  @Test
  void status_isShownOnATerminalAlone_andFitsIt() {
    checks.status("hub starts", "x".repeat(200));
    assertEquals("", text());
    checks(true).status("hub starts", "x".repeat(200));
    String line = text().substring(text().indexOf('K') + 1, text().indexOf("\r\n"));
    assertTrue(line.startsWith("  ..  hub starts"), line);
    assertEquals(79, line.length());
  }

  @Test
  void workOfACheck_isShownBelowItWhileItGoesOn_andGoneAtItsEnd() {
    Checks live = checks(true);
    LiveWork work = new LiveWork(job -> Map.of(), () -> 0);
    live.follow(work);
    Job job = Job.newBuilder().setJob("j7").build();
    assertTrue(
        live.run(
            "one",
            () -> {
              work.add(job);
              live.progress("0/3");
              return "fine";
            }));
    int shown = text().indexOf("j7");
    assertTrue(shown > text().indexOf("0/3"), text());
    // Three lines up, and everything below erased, before the check's own line.
    assertTrue(text().indexOf("\u001b[3A\r\u001b[J", shown) > 0, text());
    printed.reset();
    assertTrue(live.run("two", () -> "fine"));
    assertFalse(text().contains("j7"), text());
  }
}
