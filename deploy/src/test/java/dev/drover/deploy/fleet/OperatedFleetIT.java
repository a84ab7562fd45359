package dev.drover.deploy.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.EnrolAssembly;
import dev.drover.agent.cli.AgentCommand;
import dev.drover.hub.HubFixture;
import dev.drover.hub.publish.Drafts;
import dev.drover.term.Failures;
import dev.drover.testkit.TinyGguf;
import dev.drover.v1.ChangeJobRequest;
import dev.drover.v1.Conditions;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.HealthTally;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.Release;
import dev.drover.v1.Role;
import dev.drover.v1.WaitReason;
import dev.drover.v1.Window;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * A hub with its broker and two agents in processes of their own, all as they are shipped: a
 * maintenance window in each device's own time zone, the owner's yes, the way back to the release
 * before, and gates on what devices measured when they tried a model.
 */
class OperatedFleetIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final List<String> DEVICES = List.of("north", "south");

  /** Six hours behind UTC, all year. */
  private static final String FAR_WEST = "Etc/GMT+6";

  @TempDir private Path directory;
  private final Map<String, LiveAgent> agents = new HashMap<>();
  private HubFixture hub;
  private Jobs jobs;
  private Releases releases;

  @Command(name = "drover")
  private static final class Top {}

  @BeforeEach
  void startFleet() {
    hub = HubFixture.start(directory.resolve("hub"), Map.of("broker.port", "0"));
    jobs = new Jobs(hub.address(), hub.operator(Role.ADMIN), System::nanoTime, seen -> {});
    releases = new Releases(directory.resolve("publisher"), jobs);
    DEVICES.forEach(this::enrol);
    for (String device : DEVICES) {
      var unused =
          jobs.await(
              device + " to be online",
              PATIENCE,
              () -> jobs.device(device).getState(),
              state -> state == DeviceState.ONLINE);
    }
  }

  private void enrol(String device) {
    CreateTokenRequest invited = CreateTokenRequest.newBuilder().setDevice(device).build();
    String token = jobs.connection().calls().createToken(invited).getToken();
    Path data = directory.resolve(device);
    var unused = EnrolAssembly.enrol(data, token, Optional.empty(), "");
    String zone = device.equals("north") ? "UTC" : FAR_WEST;
    agents.put(device, new LiveAgent(data).start(zone));
  }

  @AfterEach
  void stopFleet() {
    agents.values().forEach(LiveAgent::close);
    jobs.close();
    hub.close();
  }

  private LiveAgent agent(String device) {
    return agents.get(device);
  }

  /** Open on a clock that shows UTC, and for the next two hours; six hours later further west. */
  private static Window aroundNow() {
    OffsetDateTime begun = Clock.systemUTC().instant().atOffset(ZoneOffset.UTC).minusMinutes(2);
    String cron = String.format(Locale.ROOT, "%d %d * * *", begun.getMinute(), begun.getHour());
    return Window.newBuilder().setCron(cron).setDurationMinutes(120).build();
  }

  private void awaitWait(Job job, String device, WaitReason reason) {
    var unused =
        jobs.await(
            device + " to say " + reason,
            PATIENCE,
            () -> execution(job, device),
            seen -> seen.getWaitsFor() == reason);
    assertEquals(ExecutionState.ACCEPTED, execution(job, device).getState());
  }

  private void awaitState(Job job, String device, ExecutionState state) {
    var unused =
        jobs.await(
            device + " to be " + state,
            PATIENCE,
            () -> execution(job, device).getState(),
            seen -> seen == state);
  }

  private Execution execution(Job job, String device) {
    return jobs.executions(job.getJob()).get(device);
  }

  private void assertEnds(JobState expected, Job job) {
    Job ended = jobs.finish(job.getJob(), PATIENCE);
    assertEquals(expected, ended.getState(), ended.getCause());
  }

  private void awaitRelease(String device, Release release) {
    var unused =
        jobs.await(
            device + " to follow " + release.getRelease(),
            PATIENCE,
            () -> jobs.device(device).getInstalled().getManifestSha256(),
            seen -> seen.equals(release.getManifestSha256()));
  }

  /** What somebody on the device types. */
  private int ownerSaysYes(String device, String execution) {
    CommandLine line = new CommandLine(new Top());
    line.addSubcommand(new AgentCommand((own, terminal) -> 0));
    String data = agent(device).data().toString();
    return Failures.install(line)
        .execute("agent", "consent", "give", execution, "--agent-data", data);
  }

  @Test
  void fleet_keepsWindows_asksOwners_goesBack_andIsGatedByItsFigures() throws IOException {
    Release first = releases.publish(Drafts.draft("1.0.0"), null);
    assertEnds(JobState.JOB_SUCCEEDED, jobs.create(Jobs.oneFirst(Jobs.install(first))));
    DEVICES.forEach(device -> awaitRelease(device, first));

    windowIsThatOfEachDevice();
    Release second = releases.publish(Drafts.draft("1.1.0"), null);
    Job rollout = ownersAreAsked(first, second);
    fleetGoesBack(rollout, first);
    figuresDecide();
  }

  private void windowIsThatOfEachDevice() {
    JobSpec.Builder spec =
        Jobs.tool("device.status", "{}", 0).addWindows(aroundNow()).setDeadlineSeconds(24 * 3600);
    Job job = jobs.create(spec);
    awaitState(job, "north", ExecutionState.SUCCEEDED);
    awaitWait(job, "south", WaitReason.WAITS_FOR_WINDOW);

    agent("south").stop();
    agent("south").start("UTC");
    awaitState(job, "south", ExecutionState.SUCCEEDED);
    assertEnds(JobState.JOB_SUCCEEDED, job);
  }

  private Job ownersAreAsked(Release before, Release after) {
    Job job =
        jobs.create(
            Jobs.install(after).setConditions(Conditions.newBuilder().setOwnerConsent(true)));
    DEVICES.forEach(device -> awaitWait(job, device, WaitReason.WAITS_FOR_OWNER));
    assertNotEquals(0, ownerSaysYes("north", "j99-1"));
    assertEquals(0, ownerSaysYes("north", execution(job, "north").getExecution()));
    awaitRelease("north", after);
    awaitState(job, "north", ExecutionState.SUCCEEDED);
    assertEquals(WaitReason.WAITS_FOR_OWNER, execution(job, "south").getWaitsFor());
    awaitRelease("south", before);

    assertEquals(0, ownerSaysYes("south", execution(job, "south").getExecution()));
    assertEnds(JobState.JOB_SUCCEEDED, job);
    awaitRelease("south", after);
    return job;
  }

  private void fleetGoesBack(Job rollout, Release first) {
    ChangeJobRequest back =
        ChangeJobRequest.newBuilder().setJob(rollout.getJob()).setReason("too slow").build();
    Job begun = jobs.connection().calls().rollBackJob(back);
    assertTrue(begun.getCause().startsWith("Rolled back by admin: too slow."), begun.getCause());
    assertEnds(JobState.JOB_ROLLED_BACK, rollout);
    DEVICES.forEach(device -> awaitRelease(device, first));
  }

  /** The suite holds a yes and a no to the same prompt, so every model has half of it right. */
  private void figuresDecide() throws IOException {
    Path model = TinyGguf.ofSeed(1).writeTo(directory.resolve("tiny.gguf"));
    Release tried = releases.publish(Drafts.evaluated("1.2.0"), model);
    Job passed = jobs.create(gated(tried, 500));
    assertEnds(JobState.JOB_SUCCEEDED, passed);
    for (String device : DEVICES) {
      ExecutionMeasures told = execution(passed, device).getMeasures();
      assertEquals(500, told.getEvalPassPermille());
      assertTrue(told.getMillitokensPerSecond() > 0, device);
    }
    assertEquals(2, evalOf(passed).getReported());

    // Nothing is installed again, but what the trial measured is told, and judged, again.
    Job failed = jobs.create(gated(tried, 501));
    assertEnds(JobState.JOB_ABORTED, failed);
    String cause = jobs.get(failed.getJob()).getCause();
    assertTrue(cause.contains("an eval of at least 501 of 1000"), cause);
  }

  private HealthTally evalOf(Job job) {
    return jobs.get(job.getJob()).getGroups(0).getHealth(0);
  }

  private static JobSpec.Builder gated(Release release, int evalPermille) {
    Gate gate =
        Gate.newBuilder()
            .setSuccessPercent(100)
            .addHealth(check(HealthFigure.EVAL_PASS_PERMILLE, evalPermille))
            .addHealth(check(HealthFigure.MILLITOKENS_PER_SECOND, 1))
            .build();
    return Jobs.install(release).addGroups(GroupSpec.newBuilder().setPercent(100).setGate(gate));
  }

  private static HealthCheck check(HealthFigure figure, int least) {
    return HealthCheck.newBuilder()
        .setFigure(figure)
        .setLimit(least)
        .setDevicesPercent(100)
        .setDevicesMinimum(DEVICES.size())
        .build();
  }
}
