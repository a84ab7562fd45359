package dev.drover.deploy.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.AgentAssembly;
import dev.drover.agent.cli.AgentSettings;
import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.config.OwnSettings;
import dev.drover.agent.core.ProcessControl;
import dev.drover.agent.identity.IdentityStore;
import dev.drover.crypto.Hashes;
import dev.drover.deploy.doctor.Finding.Level;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentChecksTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

  private final Seen seen = new Seen();

  @TempDir Path data;

  @Test
  void agent_thatRuns_answersAndHoldsItsStore() {
    AgentChecks checks = at(NOW);
    try (AgentAssembly agent = AgentAssembly.start(own(), new Idle())) {
      assertFalse(agent.mustHalt());
      assertTrue(checks.process());
      checks.status(true);
    }
    assertTrue(seen.only("store", Level.OK).detail().endsWith("in use"));
    assertTrue(
        seen.only("agent", Level.OK).detail().contains("process " + ProcessHandle.current().pid()));
    assertTrue(seen.of("notice").stream().allMatch(notice -> notice.level() == Level.INFO));

    Seen after = new Seen();
    assertFalse(new AgentChecks(after.findings, config(), NOW).process());
    assertTrue(after.only("store", Level.OK).detail().endsWith("not in use"));
  }

  @Test
  void agent_thatHoldsItsStoreButDoesNotAnswer_isWrong() {
    at(NOW).status(true);
    seen.failed("agent", ErrorCode.UNAVAILABLE);
  }

  @Test
  void store_ofANewerProgram_isTold() throws IOException {
    write("store/drover.version", "drover-store 9.1\n");
    assertFalse(at(NOW).process());
    seen.failed("store", ErrorCode.STORE_TOO_NEW);
  }

  @Test
  void identity_thatIsSound_showsWhenItIsRenewed() {
    enrol(NOW.minus(Duration.ofDays(1)));
    assertTrue(at(NOW).identity(false).isPresent());
    assertTrue(seen.only("identity", Level.OK).detail().startsWith("node-a"));
    seen.only("keys", Level.OK);
    assertTrue(seen.only("certificate", Level.OK).detail().contains("renewed from 2026-07-"));
  }

  @Test
  void identity_thatOthersMayRead_isWrong() throws IOException {
    enrol(NOW);
    Path key = data.resolve("identity/v1/audit.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    at(NOW).identity(false);
    Finding found = seen.failed("keys", ErrorCode.PERMISSION_DENIED);
    assertTrue(found.next().startsWith("chmod 600 " + key), found.next());
  }

  @Test
  void identity_thatLacksAFile_isWrong() throws IOException {
    enrol(NOW);
    Files.delete(data.resolve("identity/v1/link.key"));
    assertTrue(at(NOW).identity(false).isEmpty());
    Finding found = seen.failed("identity", ErrorCode.STORE_FAILED);
    assertTrue(found.detail().contains("link.key"), found.detail());
  }

  @Test
  void certificate_inItsLastThird_isDue() {
    enrol(NOW.minus(Identities.LIFE.multipliedBy(3).dividedBy(4)));
    at(NOW).identity(false);
    assertEquals("Start the agent.", seen.only("certificate", Level.WARN).next());
  }

  @Test
  void certificate_thatEnded_isWrong() {
    enrol(NOW.minus(Identities.LIFE).minus(Duration.ofDays(1)));
    at(NOW).identity(false);
    seen.failed("certificate", ErrorCode.CERTIFICATE_EXPIRED);
  }

  @Test
  void certificate_ofTheFuture_tellsOfTheClock() {
    enrol(NOW.plus(Duration.ofDays(400)));
    at(NOW).identity(false);
    assertTrue(seen.only("certificate", Level.WARN).next().contains("clock"));
  }

  @Test
  void policy_withATollThatIsNotThere_isWrong() throws IOException {
    at(NOW).policy();
    seen.only("policy", Level.OK);

    write("policy.conf", "deny = files.raed\n");
    Seen again = new Seen();
    new AgentChecks(again.findings, config(), NOW).policy();
    again.failed("policy", ErrorCode.CONFIG_INVALID_VALUE);
  }

  @Test
  void content_thatChanged_isFoundWhenReadWhole() throws IOException {
    byte[] bytes = "weights".getBytes(StandardCharsets.US_ASCII);
    write("content/" + Hashes.hex(Hashes.sha256(bytes)), "weights");
    at(NOW).content();
    seen.only("releases", Level.OK);

    write("content/" + Hashes.hex(Hashes.sha256(bytes)), "weighty");
    Seen again = new Seen();
    new AgentChecks(again.findings, config(), NOW).content();
    assertEquals(ErrorCode.MODEL_CORRUPT.name(), again.of("releases").get(0).code());
  }

  private AgentChecks at(Instant now) {
    return new AgentChecks(seen.findings, config(), now);
  }

  private AgentConfig config() {
    return own().atStart();
  }

  private OwnSettings own() {
    return AgentSettings.own(Map.of(), null, data, Map.of());
  }

  private void enrol(Instant then) {
    new IdentityStore(data.resolve("identity"))
        .save(Identities.issued(then, "localhost:1", "localhost:2"));
  }

  private void write(String file, String text) throws IOException {
    Path path = data.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private static final class Idle implements ProcessControl {
    @Override
    public void restart(String reason) {
      throw new AssertionError(reason);
    }

    @Override
    public void storeFailed(ErrorCode why) {
      throw new AssertionError(why);
    }
  }
}
