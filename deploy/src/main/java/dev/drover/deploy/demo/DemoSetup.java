package dev.drover.deploy.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.models.Catalogue;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.DurableFiles;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.hub.HubAssembly;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.hub.publish.SignedRelease;
import dev.drover.hub.publish.Upload;
import dev.drover.release.Artifact;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.CreateTokenResponse;
import dev.drover.v1.Device;
import dev.drover.v1.DeviceState;
import dev.drover.v1.Execution;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.HubInfo;
import dev.drover.v1.Job;
import dev.drover.v1.PublishReleaseRequest;
import dev.drover.v1.Release;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** First act: a hub, a publisher, three devices with a small model. */
final class DemoSetup {
  /** What was prepared before the first process. */
  record Made(char[] passphrase, int apiPort, int brokerPort, Path smallModel, Path largeModel) {}

  static final String SMALL_PROMPT = "You answer questions about notes. Use one of the choices.";
  private static final Duration READY = Duration.ofMinutes(1);
  private static final Duration METADATA_LIFE = Duration.ofDays(1);

  private final Scene scene;

  DemoSetup(Scene scene) {
    this.scene = scene;
  }

  String hub() throws IOException {
    long started = scene.nanoTime.getAsLong();
    scene.startHub();
    connect();
    HubInfo info =
        scene
            .jobs()
            .await(
                "the hub to be ready",
                READY,
                () -> {
                  scene.processes.requireAlive(Scene.HUB);
                  return scene
                      .jobs()
                      .connection()
                      .calls()
                      .getHub(GetHubRequest.getDefaultInstance());
                },
                seen -> true);
    double seconds = (scene.nanoTime.getAsLong() - started) / 1e9;
    return String.format(Locale.ROOT, "ready in %.1f s, tenant %s", seconds, info.getTenant());
  }

  private void connect() {
    Path file = HubAssembly.firstOperatorFile(scene.processes.directory(Scene.HUB));
    if (scene.jobs != null) {
      scene.jobs.close();
      scene.jobs = null;
    }
    long end = scene.nanoTime.getAsLong() + READY.toNanos();
    while (!Files.exists(file) && scene.nanoTime.getAsLong() < end) {
      try {
        scene.processes.requireAlive(Scene.HUB);
        Thread.sleep(100);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        throw new CheckFailed("The demo was interrupted.");
      }
    }
    OperatorCredentials operator = OperatorCredentials.load(file);
    Checks.require(
        !Certificates.fingerprint(operator.ca()).isEmpty(), "The operator file has no CA.");
    Jobs jobs =
        new Jobs("localhost:" + scene.apiPort, operator, scene.nanoTime, scene.checks::progress);
    LiveWork work = new LiveWork(jobs::executions, scene.nanoTime);
    jobs.watch(work::add);
    scene.checks.follow(work);
    scene.jobs = jobs;
  }

  String publisher() throws IOException {
    byte[] root =
        scene.publisher.create(scene.passphrase, new SecureRandom(), scene.clock.instant());
    Release none =
        scene
            .jobs()
            .connection()
            .streams()
            .publishRelease(
                PublishReleaseRequest.newBuilder()
                    .addAllDocuments(scene.publisher.documents())
                    .build());
    Checks.require(none.getRelease().isEmpty(), "A release appeared from nowhere.");
    scene.small = publishKnown(scene, Notes.draft("1.0.0", SMALL_PROMPT), scene.smallModel);
    return "root of " + root.length + " bytes, release " + scene.small().getRelease();
  }

  /** Signs a release on the publisher's side and hands it to the hub. */
  static Release publish(Scene scene, ObjectNode draft, Path model) {
    return upload(scene, sign(scene, draft, model));
  }

  /**
   * As {@link #publish}, of a model that has its name in the catalogue. Its file was in the cache
   * perhaps for months: nothing is handed to the hub that is not what the catalogue says.
   */
  static Release publishKnown(Scene scene, ObjectNode draft, Path model) throws IOException {
    SignedRelease signed = sign(scene, draft, model);
    String id = String.valueOf(model.getFileName()).replace(".gguf", "");
    String known = Catalogue.bundled().find(id).sha256();
    if (!signed.manifest().model().map(Artifact::sha256).equals(Optional.of(known))) {
      throw new DroverException(
              ErrorCode.DIGEST_MISMATCH,
              "The file of " + id + " in the cache is not what the catalogue says: it is damaged.")
          .withNextStep("Remove " + model.toRealPath() + " and start again, which fetches it.");
    }
    return upload(scene, signed);
  }

  private static SignedRelease sign(Scene scene, ObjectNode draft, Path model) {
    return scene.publisher.sign(
        draft, model, scene.passphrase, scene.clock.instant(), METADATA_LIFE);
  }

  private static Release upload(Scene scene, SignedRelease signed) {
    return new Upload(scene.jobs().connection().channel()).publish(signed, bytes -> {});
  }

  String enrol() throws IOException {
    List<List<String>> honest = new ArrayList<>();
    List<List<String>> thieves = new ArrayList<>();
    for (String device : Scene.DEVICES) {
      Path token = token(device);
      honest.add(enrolment(device, token));
      thieves.add(enrolment("thief-" + device, token));
    }
    for (Optional<String> failure : scene.processes.runTogether(honest)) {
      Checks.require(failure.isEmpty(), "A device could not enrol: " + failure.orElse(""));
    }
    for (String device : Scene.DEVICES) {
      scene.notes.write(device, scene.notesOf(device));
      scene.startAgent(device);
    }
    for (Optional<String> failure : scene.processes.runTogether(thieves)) {
      Checks.require(failure.isPresent(), "A token worked twice.");
      Checks.require(
          failure.orElse("").contains(ErrorCode.TOKEN_INVALID.name()),
          "A token that was used is refused with " + failure.orElse(""));
    }
    for (String device : Scene.DEVICES) {
      var unused =
          scene
              .jobs()
              .await(
                  device + " to be online",
                  Scene.ONLINE,
                  () -> {
                    scene.processes.requireAlive(device);
                    return scene.jobs().device(device);
                  },
                  seen -> seen.getState() == DeviceState.ONLINE);
    }
    return "3 devices online; each token worked once";
  }

  private Path token(String device) throws IOException {
    CreateTokenResponse token =
        scene
            .jobs()
            .connection()
            .calls()
            .createToken(
                CreateTokenRequest.newBuilder()
                    .setDevice(device)
                    .putAllLabels(Scene.labels(device))
                    .build());
    Path file = scene.root.resolve(device + ".token");
    byte[] text = (token.getToken() + "\n").getBytes(StandardCharsets.US_ASCII);
    DurableFiles.replace(file, text, DurableFiles.OWNER_ONLY);
    return file;
  }

  private List<String> enrolment(String part, Path token) {
    String data = scene.processes.directory(part).toString();
    return List.of("enrol", "--data", data, "--token-file", token.toString());
  }

  String install() {
    Job job = scene.jobs().run(Jobs.oneFirst(Jobs.install(scene.small())));
    Map<String, Execution> executions = scene.jobs().executions(job.getJob());
    String order = OneFirst.require(job, executions.values());
    for (Execution execution : executions.values()) {
      Checks.require(
          execution.getInstalled().getModelSha256().equals(scene.small().getModelSha256()),
          execution.getDevice() + " reports another model.");
    }
    scene.awaitRelease(scene.small());
    return order + "; " + fleet();
  }

  /** Shows the devices as they are now. */
  private String fleet() {
    List<Device> devices =
        scene
            .jobs()
            .await(
                "every device to tell its memory",
                Scene.ONLINE,
                () -> scene.jobs().devices(),
                all -> all.stream().allMatch(FleetTable::tellsMemory));
    scene.checks.show(FleetTable.of(devices));
    return FleetTable.require(devices, String.valueOf(scene.smallModel.getFileName()));
  }
}
