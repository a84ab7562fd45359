package dev.drover.hub.cli;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.hub.HubFixture;
import dev.drover.term.Failures;
import dev.drover.term.Terminal;
import dev.drover.v1.CancelJobRequest;
import dev.drover.v1.ChangeJobRequest;
import dev.drover.v1.GetJobRequest;
import dev.drover.v1.HubServiceGrpc.HubServiceBlockingStub;
import dev.drover.v1.Job;
import dev.drover.v1.Role;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** A job followed on a terminal: a screen that is drawn anew in its place. */
class WatchOnTerminalTest extends JobCommandsFixture {
  private static final int ROWS = 12;
  private static final String WATCHING = "Ctrl-C ends watching; the job goes on.";
  private static final String AWAY = "The hub does not answer; this waits for it.";

  private final ScreenOf screen = new ScreenOf(ROWS);
  private @Nullable Process terminal;

  /** The commands about jobs, as a process of their own. */
  static final class Drover {
    private Drover() {}

    @Command(name = "drover")
    private static final class Top {}

    public static void main(String[] arguments) {
      CommandLine line = new CommandLine(new Top());
      line.addSubcommand(new JobCommand());
      line.addSubcommand(new RolloutCommand());
      System.exit(Failures.install(line).execute(arguments));
    }
  }

  @AfterEach
  void end() {
    if (terminal != null) {
      OnTerminal.end(terminal);
    }
  }

  private Process watch(HubFixture of, Path operator, String noun, String id) throws Exception {
    terminal =
        OnTerminal.start(
            directory,
            Drover.class,
            Map.of("DROVER_TTY", "1", "DROVER_ROWS", "" + ROWS, "TERM", "xterm"),
            noun,
            "watch",
            id,
            "--hub",
            of.address(),
            "--operator",
            operator.toString());
    var unused = screen.follow(terminal.getInputStream());
    return terminal;
  }

  private static List<String> lines(Job job, String... last) {
    Terminal plain = new Terminal(System.out, System.err, false);
    return Stream.concat(JobView.text(plain, job).lines(), Stream.of(last)).toList();
  }

  private void awaitScreen(List<String> lines) {
    await()
        .atMost(60, TimeUnit.SECONDS)
        .untilAsserted(() -> assertEquals(lines, screen.lines(), screen::toString));
  }

  @ParameterizedTest
  @ValueSource(strings = {"job", "rollout"})
  void job_isDrawnInItsPlace_andStaysWithItsOutcome(String noun) throws Exception {
    String id = job("--key", "live-" + noun, "--gate", "90").get("job").asText();
    HubServiceBlockingStub calls = hub.as(Role.ADMIN).calls();
    Process watched = watch(hub, admin, noun, id);
    awaitScreen(lines(calls.getJob(GetJobRequest.newBuilder().setJob(id).build()), WATCHING));
    ChangeJobRequest change =
        ChangeJobRequest.newBuilder().setJob(id).setReason("calls from hall 3").build();
    awaitScreen(lines(calls.pauseJob(change), WATCHING));
    awaitScreen(lines(calls.resumeJob(change), WATCHING));
    Job last = calls.cancelJob(CancelJobRequest.newBuilder().setJob(id).build());
    assertTrue(watched.waitFor(60, TimeUnit.SECONDS), screen::toString);
    assertEquals(4, watched.exitValue(), screen::toString);
    awaitScreen(lines(last));
    assertTrue(screen.lines().get(0).endsWith("cancelled"), screen::toString);
  }

  @Test
  void hubThatIsAway_isSaidInPlaceOfTheLastLine() throws Exception {
    Path data = directory.resolve("away");
    String id;
    Job job;
    HubFixture other = HubFixture.withoutBroker(data);
    try {
      Path operator = data.resolve("operators/admin.pem");
      assertEquals(
          0,
          run(other.address(), operator, "job", "run", "--tool", "device.status", "--continuous"),
          this::failure);
      id = text().substring(0, text().indexOf(' '));
      job = other.as(Role.ADMIN).calls().getJob(GetJobRequest.newBuilder().setJob(id).build());
      var unused = watch(other, operator, "job", id);
      awaitScreen(lines(job, WATCHING));
    } finally {
      other.close();
    }
    awaitScreen(lines(job, AWAY));
  }
}
