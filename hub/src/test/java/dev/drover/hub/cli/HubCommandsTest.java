package dev.drover.hub.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.v1.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class HubCommandsTest extends CommandsFixture {
  private JsonNode json() throws Exception {
    return JSON.readTree(text());
  }

  @Test
  void device_thatWasNeverSeen_showsDashes() throws Exception {
    Path token = directory.resolve("cam-0.token");
    assertEquals(0, run("device", "token", "cam-0", "--out", token.toString()));
    assertTrue(text().contains("drover enrol --token-file cam-0.token"), text());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(token)));
    assertEquals(0, run("device", "show", "cam-0"));
    for (String line :
        List.of(
            "labels",
            "last seen",
            "memory free",
            "disk free",
            "cpus",
            "architecture",
            "release",
            "model sha256",
            "clock skew",
            "certificate ends")) {
      assertTrue(
          text().lines().anyMatch(shown -> shown.startsWith(line) && shown.endsWith(" -")),
          line + " in " + text());
    }
    assertTrue(text().contains("invited"), text());
    assertEquals(0, run("device", "ls"));
    assertFalse(text().contains("unspecified"), text());
    assertEquals(0, run("device", "show", "cam-0", "--json"));
    assertEquals("cam-0", json().get("device").asText());
  }

  @Test
  void everyList_isAnArrayInJson() throws Exception {
    for (List<String> words :
        List.of(
            List.of("device", "ls"),
            List.of("operator", "ls"),
            List.of("group", "ls"),
            List.of("job", "ls"),
            List.of("release", "ls"))) {
      List<String> command = new ArrayList<>(words);
      command.add("--json");
      assertEquals(0, run(command.toArray(String[]::new)), words::toString);
      assertTrue(json().isArray(), text());
      assertEquals(0, run(words.toArray(String[]::new)));
      assertTrue(text().lines().allMatch(line -> line.length() <= 80), text());
    }
    assertEquals(0, run("hub", "status", "--json"));
    assertEquals("default", json().get("tenant").asText());
  }

  @Test
  void emptyLists_sayWhatToDo() {
    assertEquals(0, run("job", "ls"));
    assertTrue(text().contains("drover job run"), text());
    assertEquals(0, run("release", "ls"));
    assertTrue(text().contains("drover release"), text());
  }

  @Test
  void operator_isAdded_listed_andRemoved() throws Exception {
    Path file = directory.resolve("ana.pem");
    assertEquals(0, run("operator", "add", "ana", "--role", "Operator", "--out", file.toString()));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertEquals(0, run(file, "operator", "ls", "--json"));
    assertTrue(text().contains("\"ana\""), text());
    assertEquals(77, run(file, "operator", "rm", "admin"));
    assertTrue(failure().startsWith("drover: PERMISSION_DENIED: "), failure());
    assertEquals(0, run("operator", "rm", "ana", "--json"));
    assertEquals("ana", json().get("operator").asText());
    assertEquals(77, run(file, "operator", "ls"));
    assertTrue(failure().startsWith("drover: UNAUTHENTICATED: "), failure());
    assertEquals(70, run("operator", "rm", "admin"));
    assertTrue(said().contains("last admin"), failure());
  }

  @Test
  void group_isSaved_used_andRemoved() throws Exception {
    assertEquals(0, run("group", "ls"));
    assertTrue(text().contains("drover group save"), text());
    assertEquals(0, run("device", "token", "cam-g", "--label", "site=hall9"));
    assertEquals(0, run("group", "save", "hall9", "site=hall9"));
    assertTrue(text().contains("members   1"), text());
    assertEquals(0, run("group", "show", "hall9", "--json"));
    assertEquals("site=hall9", json().get("selector").asText());
    assertEquals(1, json().get("members").asInt());
    assertEquals(0, run("group", "ls"));
    assertTrue(text().contains("hall9"), text());

    String[] dry = {"job", "run", "--tool", "device.status", "--in", "hall9", "--dry-run"};
    assertEquals(0, run(dry));
    assertTrue(text().contains("1 device matches; 0 would run it, 1 cannot."), text());
    assertTrue(text().contains("not enrolled yet"), text());
    assertEquals(66, run("job", "run", "--tool", "device.status", "--in", "hall8", "--dry-run"));
    assertTrue(said().contains("no saved group hall8"), failure());
    assertEquals(64, run("group", "save", "hall9", "site="));
    assertTrue(failure().contains("At column 6"), failure());
    assertEquals(66, run("job", "why", "j99", "cam-g"));

    assertEquals(0, run("group", "rm", "hall9"));
    assertEquals(66, run("group", "show", "hall9"));
    assertEquals(66, run("group", "rm", "hall9"));
  }

  @Test
  void device_isLabelled_andConfigured() throws Exception {
    assertEquals(0, run("device", "token", "cam-c", "--label", "site=hall3"));
    assertEquals(0, run("device", "label", "cam-c", "floor=2", "--remove", "site", "--json"));
    assertEquals("2", json().get("labels").get("floor").asText());
    assertFalse(json().get("labels").has("site"), text());
    assertEquals(64, run("device", "label", "cam-c"));
    assertEquals(64, run("device", "label", "cam-c", "No Key=1"));

    assertEquals(0, run("device", "config", "set", "cam-c", "runtime.threads=2", "heartbeat=1m"));
    assertTrue(text().contains("version 1 by admin"), text());
    assertTrue(text().contains("not told yet"), text());
    assertEquals(0, run("device", "config", "set", "cam-c", "--unset", "heartbeat", "--json"));
    assertEquals("2", json().get("version").asText());
    assertEquals("2", json().get("desired").get("runtime.threads").asText());
    assertEquals(70, run("device", "config", "set", "cam-c", "heartbeat=1s", "--expect", "1"));
    assertTrue(said().contains("version 2 by admin, not 1"), failure());
    assertEquals(64, run("device", "config", "set", "cam-c"));
    assertEquals(64, run("device", "config", "set", "cam-c", "Bad Key=1"));
    assertEquals(66, run("device", "config", "set", "nobody", "heartbeat=1s"));
    assertEquals(0, run("device", "config", "show", "cam-c"));
    assertTrue(text().contains("runtime.threads"), text());
    assertEquals(0, run("device", "show", "cam-c"));
    assertTrue(text().contains("config desired"), text());
  }

  @Test
  void token_isPrintedAsTextOrJson() throws Exception {
    assertEquals(0, run("device", "token", "cam-1", "--label", "site=hall3"));
    assertTrue(text().startsWith("drover1."), text());
    assertEquals(0, run("device", "token", "cam-1", "--json"));
    assertTrue(json().get("token").asText().startsWith("drover1."), text());
    Path file = directory.resolve("cam-1.token");
    assertEquals(0, run("device", "token", "cam-1", "--json", "--out", file.toString()));
    assertEquals("", json().get("token").asText(), "it is in the file alone");
    assertTrue(json().get("expires_ms").asLong() > 0, text());
  }

  @Test
  void log_isPrinted_andVerified_andACopyNeedsNoHub() throws Exception {
    assertEquals(0, run("device", "token", "cam-2"));
    assertEquals(0, run("audit", "tail"));
    assertTrue(text().contains("admin: token created cam-2"), text());
    assertEquals(0, run("audit", "tail", "--json"));
    JsonNode first = JSON.readerFor(JsonNode.class).<JsonNode>readValues(text()).next();
    assertEquals(0, first.get("index").asInt());
    assertTrue(first.get("hub").has("action"), text());

    Path copy = directory.resolve("copy");
    await().until(() -> run("audit", "verify", "--copy", copy.toString()) == 0);
    assertTrue(text().contains("verified"), text());
    Path before = Files.copy(copy.resolve("checkpoint"), directory.resolve("before"));
    assertEquals(0, run("device", "token", "cam-3"));
    assertEquals(0, run("audit", "verify", "--copy", copy.toString()));
    assertTrue(text().contains("entries, all kept"), text());
    assertEquals(0, run("audit", "verify", "--since", before.toString(), "--json"));
    assertTrue(json().get("since").asLong() > 0, text());
    assertEquals(66, run("audit", "verify", "--since", directory.resolve("none").toString()));
    assertEquals(0, run("hub", "status", "--json"));
    String logKey = json().get("log_key").asText();
    String hubKey =
        HexFormat.of().formatHex(Base64.getDecoder().decode(json().get("hub_key").asText()));
    String[] offline = {
      "audit",
      "verify",
      "--dir",
      copy.toString(),
      "--log-key",
      logKey,
      "--hub-key",
      hubKey,
      "--json"
    };
    assertEquals(0, run("localhost:1", admin, offline));
    assertTrue(json().get("ok").asBoolean(), text());

    try (var files = Files.walk(copy)) {
      Path entries =
          files
              .filter(file -> file.toString().contains("entries"))
              .filter(Files::isRegularFile)
              .findFirst()
              .orElseThrow();
      byte[] bytes = Files.readAllBytes(entries);
      bytes[bytes.length / 2] ^= 1;
      Files.write(entries, bytes);
    }
    assertEquals(76, run("localhost:1", admin, offline));
    assertEquals(64, run("audit", "verify", "--dir", copy.toString()));
  }

  @Test
  void log_withWrongKeysOrPlaces_isRefusedInWords() {
    String nowhere = directory.resolve("no-copy").toString();
    String key = "00".repeat(32);
    String[] verify = {"audit", "verify", "--dir", nowhere, "--log-key", "x", "--hub-key", key};
    assertEquals(66, run(verify));
    assertTrue(said().contains("no copy of a log in " + nowhere), failure());
    assertEquals(64, run("audit", "verify", "--log-key", "x"));
    assertTrue(failure().startsWith("drover: INVALID_ARGUMENT: --log-key"), failure());
    assertEquals(64, run("audit", "verify", "--hub-key", "zz"));
    assertTrue(failure().startsWith("drover: INVALID_ARGUMENT: --hub-key"), failure());
    assertEquals(64, run("audit", "tail", "--from", "-1"));
  }

  @Test
  void operator_whoseFileCannotBeWritten_isNotAdded() throws Exception {
    Path taken = Files.writeString(directory.resolve("taken.pem"), "precious");
    assertEquals(70, run("operator", "add", "eve", "--role", "viewer", "--out", taken.toString()));
    assertTrue(failure().startsWith("drover: ALREADY_EXISTS: "), failure());
    assertEquals("precious", Files.readString(taken));
    String inside = taken.resolve("eve.pem").toString();
    assertEquals(70, run("operator", "add", "eve", "--role", "viewer", "--out", inside));
    assertEquals(0, run("operator", "ls"));
    assertFalse(text().contains("eve"), text());
  }

  @Test
  void failures_haveACode_aNextStep_andAnExitCode() {
    assertEquals(66, run("device", "show", "nobody"));
    assertTrue(failure().startsWith("drover: NOT_FOUND: "), failure());
    assertTrue(failure().contains("\n  next: "), failure());
    assertEquals(64, run("device", "ls", "--select", "memory>>2"));
    assertTrue(failure().startsWith("drover: SELECTOR_INVALID: "), failure());
    assertEquals(64, run("device", "token", "No Name"));
    assertEquals(66, run("job", "show", "j99"));
    assertEquals(66, run("job", "run", "--tool", "device.status"));
    assertTrue(failure().startsWith("drover: NO_DEVICE_MATCHES: "), failure());
    assertEquals(64, run("job", "run"));
    assertEquals(64, run("job", "run", "--tool", "device.status", "--install", "hall/1"));
    assertEquals(64, run("job", "run", "--tool", "device.status", "--group", "10 %"));
    assertEquals(64, run("device", "frobnicate"));
    assertEquals(66, run(directory.resolve("none.pem"), "device", "ls"));
    assertEquals(75, run("[::1]:1", admin, "device", "ls"));
    assertEquals(64, run("localhost", admin, "device", "ls"));
    assertEquals(75, run("localhost:1", admin, "device", "ls"));
    assertTrue(failure().startsWith("drover: UNAVAILABLE: "), failure());
  }

  @Test
  void roles_areTheHubsToCheck() {
    Path viewer = directory.resolve("viewer.pem");
    hub.operator(Role.VIEWER).store(viewer);
    assertEquals(0, run(viewer, "device", "ls"));
    assertEquals(77, run(viewer, "device", "token", "cam-9"));
    assertEquals(77, run(viewer, "job", "cancel", "j1"));
    assertEquals(77, run(viewer, "group", "save", "all", ""));
    assertEquals(77, run(viewer, "group", "rm", "all"));
    assertEquals(77, run(viewer, "device", "label", "cam-9", "a=b"));
    assertEquals(77, run(viewer, "device", "config", "set", "cam-9", "heartbeat=1s"));
    assertEquals(0, run(viewer, "audit", "tail"));
  }
}
