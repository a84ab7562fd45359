package dev.drover.deploy.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.drover.agent.EnrolAssembly;
import dev.drover.agent.core.InstallMachine;
import dev.drover.deploy.LauncherRoot;
import dev.drover.hub.HubFixture;
import dev.drover.hub.publish.Drafts;
import dev.drover.testkit.TinyGguf;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstalledRelease;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.JobState;
import dev.drover.v1.Release;
import dev.drover.v1.Role;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hub, and an agent that the launcher's own loop keeps running, offered a model which every check
 * before the load lets pass and which ends the process that loads it.
 */
class CrashingReleaseIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String DEVICE = "cam-0";
  private static final int ABORTED = 134;

  @TempDir private Path directory;
  private HubFixture hub;
  private Jobs jobs;
  private Releases releases;
  private FleetProcesses processes;

  @BeforeEach
  void startFleet() throws IOException {
    hub = HubFixture.start(directory.resolve("hub"), Map.of("broker.port", "0"));
    jobs = new Jobs(hub.address(), hub.operator(Role.ADMIN), System::nanoTime, seen -> {});
    releases = new Releases(directory.resolve("publisher"), jobs);
    LauncherRoot root = LauncherRoot.in(directory.resolve("root"));
    root.takeAgentFromClassPath();
    processes = new FleetProcesses(withoutDump(root), directory);
    processes.environment("JAVA_HOME", System.getProperty("java.home"));
    processes.environment("DROVER_SUPERVISED", "");
    // No folder: there is nothing to be made for a second start that would wait for it.
    processes.environment("DROVER_CACHE", root.launcher().resolve("cache").toString());
    processes.environment("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1");
  }

  @AfterEach
  void stopFleet() {
    processes.close();
    jobs.close();
    hub.close();
  }

  /** Returns the launcher on a machine that keeps no image of a process that crashed. */
  private Path withoutDump(LauncherRoot root) throws IOException {
    return LauncherRoot.program(
        directory.resolve("without-dump"),
        "#!/usr/bin/env bash\nulimit -c 0\nexec '" + root.launcher() + "' \"$@\"\n");
  }

  private void startAgent() throws IOException {
    CreateTokenRequest invited = CreateTokenRequest.newBuilder().setDevice(DEVICE).build();
    String token = jobs.connection().calls().createToken(invited).getToken();
    Path data = processes.directory(DEVICE);
    var unused = EnrolAssembly.enrol(data, token, Optional.empty(), "");
    processes.start(
        DEVICE, List.of("agent", "run", "--data", data.toString(), "--set", "heartbeat=1s"));
    var unusedState =
        jobs.await(
            DEVICE + " to be online",
            PATIENCE,
            () -> jobs.device(DEVICE).getState(),
            state -> state == DeviceState.ONLINE);
  }

  private Path model(int seed) throws IOException {
    return TinyGguf.ofSeed(seed).writeTo(directory.resolve("model-" + seed + ".gguf"));
  }

  /** A vocabulary that has a word twice: llama.cpp asserts that none has, and aborts. */
  private Path crashingModel() throws IOException {
    Path model = model(2);
    String bytes = Files.readString(model, StandardCharsets.ISO_8859_1);
    String changed = bytes.replace("<0x41>", "<0x42>");
    assertNotEquals(bytes, changed);
    return Files.writeString(model, changed, StandardCharsets.ISO_8859_1);
  }

  /** Lets a job end as it has to, and returns what the device did for it. */
  private Execution ended(JobState expected, JobSpec.Builder spec) {
    Job ended = jobs.finish(jobs.create(spec).getJob(), PATIENCE);
    assertEquals(expected, ended.getState(), ended.getCause());
    return jobs.executions(ended.getJob()).get(DEVICE);
  }

  private InstalledRelease installed() {
    return jobs.device(DEVICE).getInstalled();
  }

  /** Whether a device has loaded a release, and not only decided to. */
  private static Predicate<InstalledRelease> follows(Release release) {
    return installed ->
        installed.getManifestSha256().equals(release.getManifestSha256())
            && !installed.getModelSha256().isEmpty();
  }

  private long crashes() throws IOException {
    return Files.readAllLines(processes.log(DEVICE)).stream()
        .filter(line -> line.startsWith("drover: the agent ended with " + ABORTED + ";"))
        .count();
  }

  @Test
  void release_whoseModelEndsTheProcess_isLeftForTheOneBefore_andNotTriedAgain() throws Exception {
    startAgent();
    Release good = releases.publish(Drafts.draft("1.0.0"), model(1));
    assertEquals(
        ExecutionState.SUCCEEDED, ended(JobState.JOB_SUCCEEDED, Jobs.install(good)).getState());
    InstalledRelease before = jobs.await("1.0.0", PATIENCE, this::installed, follows(good));

    Release bad = releases.publish(Drafts.draft("1.1.0"), crashingModel());
    Execution tried = ended(JobState.JOB_FAILED, Jobs.install(bad));
    assertEquals(ExecutionState.FAILED, tried.getState());
    assertEquals(ErrorCode.TRIAL_FAILED.number(), tried.getError());
    assertEquals(InstallMachine.TRIAL_STARTS_MAX, crashes());

    assertEquals(before, jobs.await("1.0.0 again", PATIENCE, this::installed, follows(good)));
    JobSpec.Builder status = Jobs.tool("device.status", "{}", 0);
    assertEquals(ExecutionState.SUCCEEDED, ended(JobState.JOB_SUCCEEDED, status).getState());

    Execution again = ended(JobState.JOB_FAILED, Jobs.install(bad));
    assertEquals(ExecutionState.REJECTED, again.getState());
    assertEquals(ErrorCode.TRIAL_FAILED.number(), again.getError());
    assertEquals(InstallMachine.TRIAL_STARTS_MAX, crashes());
  }
}
