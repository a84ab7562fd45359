package dev.drover.deploy.demo;

import dev.drover.agent.config.AgentPlaces;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.hub.HubAssembly;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.Release;
import dev.drover.wire.HostPort;
import dev.drover.wire.Identity;
import java.io.IOException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Processes die with work in flight; strangers knock. */
final class DemoFailures {
  private static final Duration RECOVERY = Duration.ofMinutes(2);
  private static final int JOBS = 4;
  private static final String STRANGER = "stranger";

  private final Scene scene;
  private final SplittableRandom random;

  /** What was under way when something was killed, as it ended. */
  private final List<Execution> outlived = new ArrayList<>();

  DemoFailures(Scene scene, long seed) {
    this.scene = scene;
    this.random = new SplittableRandom(seed);
  }

  /** How far the work of some devices is. */
  record Progress(int inFlight, int ended) {
    /** Returns how far executions that have ended were at a moment, by the hub's own times. */
    static Progress at(long timeMs, List<Execution> executions) {
      int ended = 0;
      int granted = 0;
      for (Execution execution : executions) {
        granted += execution.getGrantedMs() <= timeMs ? 1 : 0;
        ended += execution.getEndedMs() <= timeMs ? 1 : 0;
      }
      return new Progress(granted - ended, ended);
    }
  }

  /** Kills an agent of the seed's choice after as many of its answers as the seed says. */
  String agent() throws Exception {
    String victim = Scene.DEVICES.get(random.nextInt(Scene.DEVICES.size()));
    int moment = random.nextInt(JOBS - 1);
    List<Job> jobs = askAll();
    var unused = awaitMoment(jobs, List.of(victim), moment);
    scene.processes.kill(victim);
    // Its last word may have come just before; what it is at now stays so until it is back.
    Progress killed = progress(jobs, List.of(victim));
    Checks.require(killed.inFlight() > 0, "The kill hit an idle agent.");
    outlived.addAll(requireAllOnce(jobs));
    var back =
        scene
            .jobs()
            .await(
                victim + " to be back",
                RECOVERY,
                () -> scene.jobs().device(victim),
                seen -> seen.getState() == DeviceState.ONLINE);
    return "killed " + back.getDevice() + summary(killed);
  }

  /** Kills the hub after as many answers as the seed says. */
  String hub() throws IOException {
    int moment = random.nextInt((JOBS - 1) * Scene.DEVICES.size());
    List<Job> jobs = askAll();
    var unused = awaitMoment(jobs, Scene.DEVICES, moment);
    scene.processes.kill(Scene.HUB);
    long killedMs = scene.clock.millis();
    scene.processes.stop(Scene.HUB);
    scene.startHub();
    scene.awaitHub();
    List<Execution> executions = requireAllOnce(jobs);
    outlived.addAll(executions);
    // What it has heard of since was in flight when it died.
    Progress killed = Progress.at(killedMs, executions);
    Checks.require(killed.inFlight() > 0, "The kill hit an idle hub.");
    return "killed" + summary(killed);
  }

  private Progress awaitMoment(List<Job> jobs, List<String> devices, int moment) {
    return scene
        .jobs()
        .await(
            moment + " answers, and more to come",
            RECOVERY,
            () -> requireWork(progress(jobs, devices), devices),
            seen -> seen.inFlight() > 0 && seen.ended() >= moment);
  }

  private static Progress requireWork(Progress seen, List<String> devices) {
    Checks.require(seen.ended() < JOBS * devices.size(), "A kill would hit nobody at work.");
    return seen;
  }

  private static String summary(Progress killed) {
    return " after "
        + killed.ended()
        + " answers with "
        + killed.inFlight()
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

  private Progress progress(List<Job> jobs, List<String> devices) {
    int inFlight = 0;
    int ended = 0;
    for (Job job : jobs) {
      for (Execution execution : scene.jobs().executions(job.getJob()).values()) {
        ExecutionState state = execution.getState();
        if (devices.contains(execution.getDevice())) {
          boolean works = state == ExecutionState.ACCEPTED || state == ExecutionState.RUNNING;
          inFlight += works ? 1 : 0;
          ended += state == ExecutionState.SUCCEEDED ? 1 : 0;
        }
      }
    }
    return new Progress(inFlight, ended);
  }

  private List<Execution> requireAllOnce(List<Job> jobs) {
    List<Execution> all = new ArrayList<>();
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
      all.addAll(executions.values());
    }
    return all;
  }

  /** Reads in the devices' own stores what they did, while their processes are stopped. */
  String nothingTwice() throws IOException {
    int expected = 2 * JOBS * Scene.DEVICES.size();
    Checks.require(outlived.size() == expected, "The kills did not get to their end.");
    int again = 0;
    for (String device : Scene.DEVICES) {
      scene.processes.stop(device);
      try {
        Diary diary =
            Diary.read(
                AgentPlaces.store(scene.processes.directory(device)),
                scene.root.resolve("diary-of-" + device),
                scene.clock);
        for (Execution execution : outlived) {
          if (execution.getDevice().equals(device)) {
            again += diary.requireOnce(execution) - 1;
          }
        }
      } finally {
        if (scene.options.keep()) {
          scene.startAgent(device);
        }
      }
    }
    if (scene.options.keep()) {
      scene.awaitRelease(scene.large());
    }
    return "of "
        + expected
        + " executions that met a kill each was taken up, charged and answered once in its"
        + " device's own records"
        + (again == 0 ? "" : "; " + again + " answered again, its end was not on the disk");
  }

  /** A client without a certificate, and one with another device's client id. */
  String strangers() {
    SecureRandom secure = new SecureRandom();
    Instant now = scene.clock.instant();
    CertificateAuthority ours =
        HubKeys.loadAuthority(
            HubAssembly.keysDirectory(scene.processes.directory(Scene.HUB)), secure);
    CertificateAuthority theirs = CertificateAuthority.create("default", secure, now);
    HostPort broker = new HostPort("localhost", scene.brokerPort);
    String first = Scene.DEVICES.get(0);
    TlsMaterial genuine = material(ours, ours, STRANGER, secure);
    Knock honest = Knock.with(genuine, broker, STRANGER, now);
    Checks.require(
        honest.outcome() == Knock.Outcome.LET_IN,
        "A client with a certificate and an id of its own does not get in either: " + honest);
    Knock forged = Knock.with(material(theirs, ours, first, secure), broker, first, now);
    requireRefused("with a certificate of another CA", forged, Knock.Outcome.REFUSED_BY_TLS);
    Knock anonymous = Knock.anonymous(genuine, broker, first, now);
    requireRefused("without a certificate", anonymous, Knock.Outcome.REFUSED_BY_TLS);
    Knock posing = Knock.with(genuine, broker, first, now);
    requireRefused("with the id of another device", posing, Knock.Outcome.REFUSED_BY_MQTT);
    Checks.require(
        scene.jobs().device(first).getState() == DeviceState.ONLINE,
        first + " was thrown out by a stranger.");
    return "no certificate: "
        + anonymous.words()
        + ", a foreign CA: "
        + forged.words()
        + ", another device's client id: "
        + posing.words()
        + "; with its own id the same client gets in";
  }

  private static void requireRefused(String who, Knock seen, Knock.Outcome expected) {
    Checks.require(seen.outcome() == expected, "A client " + who + " was not refused: " + seen);
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
