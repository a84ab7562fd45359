package dev.drover.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.deploy.LauncherRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code drover load} refuses what it cannot do, before it starts anything. */
class LoadCommandTest extends LoadCommandFixture {
  @ParameterizedTest
  @CsvSource({
    "--devices 0, --devices must be 1 to 10000.",
    "--devices 10001, --devices must be 1 to 10000.",
    "--devices many, is no whole number",
    "--seconds 0, --seconds must be 1 to 3600.",
    "--seconds 3601, --seconds must be 1 to 3600.",
    "--jobs 0, --jobs must be 1 to 32.",
    "--jobs 33, --jobs must be 1 to 32.",
    "--heartbeat 0, --heartbeat must be 1 to 3600.",
    "--tool device.explode, --tool is one of ",
    "--fast, There is no option --fast here",
    "all, is one argument too many",
  })
  void wrongArguments_areRefusedWithACode(String words, String cause) {
    Map<String, String> environment =
        Map.of("DROVER_CACHE", cache().toString(), "DROVER_LAUNCHER", "/bin/false");
    assertEquals(64, run(environment, List.of(words.split(" ", -1))));
    assertTrue(said().startsWith("drover: INVALID_ARGUMENT: "), said());
    assertTrue(said().contains(cause), said());
    assertTrue(said().contains(" next: "), said());
    assertEquals("", printed());
    assertTrue(Files.notExists(cache()), "it made something");
  }

  @Test
  void hubThatEndsAtOnce_isNotWaitedFor_andItsLastWordsAreSaid() throws Exception {
    Path launcher =
        LauncherRoot.program(
            directory.resolve("launcher"), "#!/bin/sh\necho the disk is full\nexit 1\n");
    Map<String, String> environment =
        Map.of("DROVER_CACHE", cache().toString(), "DROVER_LAUNCHER", launcher.toString());
    assertNotEquals(0, run(environment, List.of("--devices", "1")));
    assertTrue(said().contains("hub ended: the disk is full"), said());
    try (var left = Files.list(cache())) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void withoutTheLauncher_nothingIsStarted_andNothingIsLeft() throws Exception {
    assertEquals(64, run(Map.of("DROVER_CACHE", cache().toString()), List.of("--devices", "1")));
    assertTrue(said().contains("Start this with the launcher, deploy/drover."), said());
    try (var left = Files.list(cache())) {
      assertEquals(List.of(), left.toList());
    }
  }
}
