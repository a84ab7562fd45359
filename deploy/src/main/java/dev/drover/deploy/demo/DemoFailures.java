package dev.drover.deploy.demo;

import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.Release;
import dev.drover.wire.Identity;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Processes die with work in flight; strangers knock. */
final class DemoFailures {
  private static final Duration RECOVERY = Duration.ofMinutes(2);
  private static final int JOBS = 4;

  private final Scene scene;
  private final SplittableRandom random;

  DemoFailures(Scene scene, long seed) {
    this.scene = scene;
    this.random = new SplittableRandom(seed);
  }

  String agent() throws Exception {
    String victim = Scene.DEVICES.get(random.nextInt(Scene.DEVICES.size()));
    List<Job> jobs = askAll();
    var unused =
        scene
            .jobs()
            .await(
                victim + " to work",
                RECOVERY,
                () -> inFlight(jobs, victim),
                count -> count > 0 && count < JOBS);
    int working = inFlight(jobs, victim);
    scene.processes.kill(victim);
    Checks.require(working > 0, "The kill hit an idle agent.");
    requireAllOnce(jobs);
    var back =
        scene
            .jobs()
            .await(
                victim + " to be back",
                RECOVERY,
                () -> scene.jobs().device(victim),
                seen -> seen.getState() == DeviceState.ONLINE);
    return "killed "
        + back.getDevice()
        + " with "
        + working
        + " in flight; "
        + JOBS * Scene.DEVICES.size()
        + " executions ended once";
  }

  String hub() throws IOException {
    List<Job> jobs = askAll();
    int working =
        scene
            .jobs()
            .await(
                "work in flight",
                RECOVERY,
                () -> jobs.stream().mapToInt(this::running).sum(),
                count -> count > 0 && count < JOBS * Scene.DEVICES.size());
    scene.processes.kill(Scene.HUB);
    scene.processes.stop(Scene.HUB);
    scene.startHub();
    scene.awaitHub();
    requireAllOnce(jobs);
    return "killed with "
        + working
        + " in flight; "
        + JOBS * Scene.DEVICES.size()
        + " executions ended once";
  }

  private List<Job> askAll() {
    List<Job> jobs = new ArrayList<>();
    Release release = scene.large();
    for (String question : Notes.questions().subList(0, JOBS)) {
      jobs.add(scene.jobs().create(Jobs.ask(release, question)));
    }
    return jobs;
  }

  private int inFlight(List<Job> jobs, String device) {
    int count = 0;
    for (Job job : jobs) {
      Execution execution = scene.jobs().executions(job.getJob()).get(device);
      ExecutionState state =
          execution == null ? ExecutionState.EXECUTION_STATE_UNSPECIFIED : execution.getState();
      count += state == ExecutionState.ACCEPTED || state == ExecutionState.RUNNING ? 1 : 0;
    }
    return count;
  }

  private int running(Job job) {
    return (int)
        scene.jobs().executions(job.getJob()).values().stream()
            .filter(
                execution ->
                    execution.getState() == ExecutionState.ACCEPTED
                        || execution.getState() == ExecutionState.RUNNING)
            .count();
  }

  private void requireAllOnce(List<Job> jobs) {
    for (Job job : jobs) {
      Job ended = scene.jobs().finish(job.getJob(), RECOVERY);
      Map<String, Execution> executions = scene.jobs().executions(job.getJob());
      Checks.require(executions.size() == Scene.DEVICES.size(), "An execution is lost or doubled.");
      Checks.require(
          ended.getState() == JobState.JOB_SUCCEEDED,
          job.getJob() + " ended as " + ended.getState() + ": " + ended.getCause());
      for (Execution execution : executions.values()) {
        Checks.require(
            execution.getState() == ExecutionState.SUCCEEDED && execution.getAttempt() == 1,
            execution.getDevice() + " ended as " + execution.getState());
      }
    }
  }

  /** A client without a certificate, and one with another device's client id. */
  String strangers() {
    Path keys = scene.processes.directory(Scene.HUB).resolve("keys");
    SecureRandom secure = new SecureRandom();
    CertificateAuthority ours =
        CertificateAuthority.load(keys.resolve("ca.key"), keys.resolve("ca.crt"), secure);
    CertificateAuthority theirs =
        CertificateAuthority.create("default", secure, scene.clock.instant());
    String first = Scene.DEVICES.get(0);
    TlsMaterial forged = material(theirs, ours, first, secure);
    Checks.require(Tap.refuses(scene, forged, first), "A certificate of another CA was accepted.");
    TlsMaterial genuine = material(ours, ours, "stranger", secure);
    Checks.require(Tap.refuses(scene, genuine, first), "A client took the id of another device.");
    Checks.require(
        Tap.refusesAnonymous(scene, genuine, first),
        "A client without a certificate was accepted.");
    Checks.require(
        scene.jobs().device(first).getState() == DeviceState.ONLINE,
        first + " was thrown out by a stranger.");
    return "no certificate, a foreign CA, another device's client id: all refused";
  }

  private TlsMaterial material(
      CertificateAuthority issuer, CertificateAuthority trusted, String name, SecureRandom secure) {
    KeyPair pair = KeyFiles.newP256(secure);
    return new TlsMaterial(
        pair.getPrivate(),
        issuer.issueClient(
            Identity.device("default", name),
            pair.getPublic(),
            scene.clock.instant(),
            Duration.ofDays(1)),
        trusted.certificate());
  }
}
