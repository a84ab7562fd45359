package dev.drover.deploy.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.models.ModelStore;
import dev.drover.config.Build;
import dev.drover.deploy.doctor.Finding.Level;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineChecksTest {
  private final Seen seen = new Seen();
  private final MachineChecks machine = new MachineChecks(seen.findings);

  @TempDir Path directory;

  @Test
  void java_thatRunsThis_isRecentEnough() {
    machine.java();
    assertTrue(seen.only("java", Level.OK).detail().startsWith(Runtime.version().toString()));
  }

  @Test
  void runtime_onThisMachine_isTriedAndLeavesNothing() throws IOException {
    machine.runtime(directory);
    assertEquals(1, seen.of("model runtime").size());
    try (var left = Files.list(directory)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void memory_ofThisMachine_isNamed() {
    machine.memory(new ModelStore(directory));
    assertTrue(seen.of("memory").get(0).detail().contains(" available"));
  }

  @Test
  void clock_ofABoardThatBootedIn1970_isWrong() {
    machine.clock(Instant.parse("1970-01-01T00:03:00Z").toEpochMilli());
    Finding found = seen.failed("clock", ErrorCode.CLOCK_UNTRUSTED);
    assertTrue(found.detail().contains("1970-01-01"), found.detail());
  }

  @Test
  void clock_decadesAhead_isWrong() {
    machine.clock(Build.read().builtMs() + Duration.ofDays(40 * 365).toMillis());
    seen.failed("clock", ErrorCode.CLOCK_UNTRUSTED);
  }

  @Test
  void clock_afterTheBuild_isFine() {
    machine.clock(Build.read().builtMs() + 1);
    seen.only("clock", Level.OK);
  }
}
