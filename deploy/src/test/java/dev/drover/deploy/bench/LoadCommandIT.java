package dev.drover.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.drover.deploy.LauncherRoot;
import dev.drover.deploy.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A short run of {@code drover load} against the hub that it starts. */
class LoadCommandIT extends LoadCommandFixture {
  private static final int DEVICES = 5;
  private static final int SECONDS = 5;

  /** Starts parts from the class path of this test, as the launcher does from a build. */
  private Path launcher() throws IOException {
    Path arguments = directory.resolve("java.args");
    Files.writeString(
        arguments,
        "-Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1\n-cp \""
            + System.getProperty("java.class.path")
            + "\"\n");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return LauncherRoot.program(
        directory.resolve("drover"),
        String.join(
            " ",
            "#!/bin/sh\nexec",
            "'" + java + "'",
            "'@" + arguments + "'",
            Main.class.getName(),
            "\"$@\"\n"));
  }

  @Test
  void shortRun_showsEachSecond_andTheSum_andLeavesNothing() throws Exception {
    Path file = directory.resolve("load.json");
    Map<String, String> environment =
        Map.of("DROVER_CACHE", cache().toString(), "DROVER_LAUNCHER", launcher().toString());
    List<String> words =
        List.of(
            "--devices",
            "" + DEVICES,
            "--seconds",
            "" + SECONDS,
            "--jobs",
            "2",
            "--heartbeat",
            "1",
            "--json",
            file.toString());

    assertEquals(0, run(environment, words), () -> printed() + said());

    List<String> live = printed().lines().filter(line -> line.contains(" exec/s ")).toList();
    assertEquals(SECONDS, live.size(), printed());
    for (int second = 1; second <= SECONDS; second++) {
      String line = live.get(second - 1);
      assertTrue(
          line.matches(
              "  \\.\\. +"
                  + second
                  + " s +[\\d,]+ exec/s  grant p50 \\d+ p99 \\d+ ms  hub \\d+ MB \\d+% CPU"),
          line);
    }
    assertTrue(live.stream().anyMatch(line -> !line.contains(" 0 exec/s")), printed());

    JsonNode sum = new JsonMapper().readTree(file.toFile());
    assertEquals(DEVICES, sum.get("devices").asInt());
    assertEquals(SECONDS, sum.get("seconds").asInt());
    long ended = sum.get("executions").asLong();
    assertTrue(ended >= 2 * DEVICES, "each job is lived through once at least: " + ended);
    assertEquals(0, ended % DEVICES, "each job is on all devices");
    assertEquals(0, sum.get("failed").asInt(-1));
    assertTrue(sum.get("heartbeats").asLong() > 0, printed());
    assertTrue(sum.get("hubMemoryMb").asDouble() > 0, printed());
    assertTrue(sum.get("grantP99Ms").asLong() >= sum.get("grantP50Ms").asLong(), printed());
    assertTrue(figure("devices", DEVICES), printed());
    assertTrue(figure("executions that ended", ended), printed());
    assertTrue(figure("executions that failed", 0), printed());
    try (var left = Files.list(cache())) {
      assertEquals(List.of(), left.toList());
    }
  }

  /** Returns whether the table has a row with this value. */
  private boolean figure(String name, long value) {
    return printed().lines().anyMatch(line -> line.matches(name + " +" + value + " *"));
  }
}
