package dev.drover.hub.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.CancelJobRequest;
import dev.drover.v1.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators do with jobs. */
class JobCommandsTest extends JobCommandsFixture {
  @Test
  void job_isApprovedByAnother_byTheHashOfWhatTheySaw() throws Exception {
    String id = job("--approvals", "1").get("job").asText();
    assertEquals(0, run("job", "show", id));
    assertTrue(text().contains("waiting for approval"), text());
    assertTrue(text().contains("waits for approval"), text());
    String shown = text().replaceAll("\\s+", " ");
    String hash = shown.substring(shown.indexOf("--spec ") + 7).substring(0, 8);
    assertEquals(77, run("job", "approve", id, "--spec", hash));
    assertTrue(said().contains("PERMISSION_DENIED"), failure());
    assertEquals(64, run(approver, "job", "approve", id, "--spec", "00000000"));
    assertEquals(64, run(approver, "job", "approve", id, "--spec", hash.substring(0, 7)));
    assertEquals(0, run(approver, "job", "approve", id, "--spec", hash));
    assertTrue(text().contains("running"), text());
    assertTrue(text().contains("approved by approver at "), text());
    assertEquals(70, run(approver, "job", "deny", id, "--spec", hash));
    String other = job("--approvals", "1", "--key", "other").get("job").asText();
    String otherHash = hash(other);
    assertEquals(0, run(approver, "rollout", "deny", other, "--spec", otherHash));
    assertTrue(text().contains("aborted"), text());
  }

  @Test
  void job_isPausedResumedAndNotRolledBack() throws Exception {
    String id = job("--rate", "30").get("job").asText();
    assertEquals(0, run("job", "pause", id, "--reason", "calls from hall 3"));
    assertTrue(text().contains("Paused by admin: calls from hall 3."), text());
    assertTrue(text().contains("waits for operator, at 30 a minute"), text());
    assertEquals(0, run("rollout", "pause", id));
    assertEquals(0, run("rollout", "resume", id));
    assertTrue(text().contains("waits for late joiners"), text());
    assertEquals(70, run("job", "rollback", id));
    assertTrue(said().contains("Only a job that installs a release"), failure());
    assertEquals(0, run("job", "cancel", id));
    assertEquals(70, run("job", "pause", id));
    assertTrue(failure().startsWith("drover: ILLEGAL_TRANSITION: "), failure());
    await().until(() -> run("audit", "tail") == 0 && text().contains("cancelled " + id));
    assertTrue(text().contains(" admin: job paused " + id + "\n"), text());
    assertEquals(66, run("job", "pause", "j999"));
    assertEquals(64, run("job", "pause", id, "--reason", "x".repeat(201)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--group 1 --group rest --gate-of 3=90",
        "--group 1 --group rest --gate-of 0=90",
        "--group 1 --group rest --gate-of 1=90 --gate-of 1=80",
        "--group 1 --group rest --gate-of 1=90,size=2",
        "--group 1 --group rest --gate-of 1=101",
        "--gate-of 2=90",
        "--lease 9",
        "--abort-if nothing=1",
        "--abort-if any",
        "--abort-if any=1.234",
        "--abort-if any=101%",
        "--abort-if any=5,do=explode",
        "--abort-if any=5,any=6",
        "--abort-if any=5,mni=6",
        "--abort-if any=5,do=roll-back",
        "--grow factor=2,every=10,max=100",
        "--rate 60 --grow factor=1.55,every=10,max=100",
        "--rate 60 --grow factor=9,every=10,max=100",
        "--rate 60 --grow factor=2,every=10,max=59",
        "--rate 60001",
        "--group rest --unreachable maybe",
        "--group rest --on-gate hope",
        "--group rest --health crashes=0",
        "--group rest --health luck=1",
        "--group rest --gate 101",
        "--start tomorrow",
        "--start +x",
        "--retry-on DISK_EMPTY",
        "--jitter 101",
        "--approvals 11",
      })
  void badOptions_areRefused_withTheReason(String options) {
    List<String> words = new ArrayList<>(List.of("job", "run", "--tool", "device.status"));
    words.addAll(List.of(options.split(" ")));
    assertEquals(64, run(words.toArray(String[]::new)), options);
    assertTrue(failure().startsWith("drover: INVALID_ARGUMENT: "), failure());
    assertFalse(failure().contains("Exception"), failure());
  }

  @Test
  void rollout_needsARelease() {
    assertEquals(66, run("rollout", "run", "assist/9.9.9", "--group", "1", "--group", "rest"));
    assertTrue(said().contains("There is no release assist/9.9.9"), failure());
    assertEquals(0, run("rollout", "ls"));
    assertEquals(64, run("rollout", "run"));
  }

  @Test
  void watch_endsWithTheJob_andByItsOutcome() throws Exception {
    String id = job("--key", "watched").get("job").asText();
    CompletableFuture<Integer> watched = CompletableFuture.supplyAsync(() -> watch(id));
    await().until(() -> text().contains("running"));
    hub.as(Role.ADMIN).calls().cancelJob(CancelJobRequest.newBuilder().setJob(id).build());
    assertEquals(4, watched.get(60, TimeUnit.SECONDS), this::failure);
    assertTrue(text().contains(id + " running: 0 of 0 ended; "), text());
    assertTrue(text().contains("Cancelled by admin."), text());
    assertEquals(4, run("rollout", "watch", id));
    assertEquals(66, run("job", "watch", "j999"));
    assertTrue(failure().startsWith("drover: NOT_FOUND: "), failure());
  }

  private int watch(String id) {
    return run("job", "watch", id);
  }
}
