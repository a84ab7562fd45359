package dev.drover.deploy.demo;

import dev.drover.agent.models.MappedFile;
import dev.drover.content.ChunkGrid;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.Hashes;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.deploy.fleet.Jobs;
import dev.drover.hub.HubAssembly;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.v1.Device;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.Release;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** A signed update changes the fleet; a broken one changes nothing. */
final class DemoUpdates {
  private static final String LARGE_PROMPT =
      "You read notes and answer the question with the choice that the notes state.";

  /** Another one than that of the first release; the small model heeds its notes more with it. */
  private static final String SMALL_PROMPT = DemoSetup.SMALL_PROMPT + " Be brief.";

  private static final Duration REFUSAL = Duration.ofMinutes(2);

  private static final long LITTLE_MEMORY = 2L << 20;

  private final Scene scene;
  private Map<String, Path> mapped = Map.of();

  DemoUpdates(Scene scene) {
    this.scene = scene;
  }

  String tool() throws IOException {
    Job first = scene.jobs().run(Jobs.tool("device.status", "{}", 1));
    Checks.require(first.getState() == JobState.JOB_SUCCEEDED, first.getCause());
    Execution execution = scene.jobs().executions(first.getJob()).values().iterator().next();
    String chosen = execution.getDevice();
    String why = first.getPlan().getChoices(0).getReasonsList().toString();
    scene.processes.stop(chosen);
    scene.startAgent(chosen, "health.memory-limit=1MiB");
    awaitReady(chosen, false);
    Job second = scene.jobs().run(Jobs.tool("device.status", "{}", 1));
    String other = scene.jobs().executions(second.getJob()).keySet().iterator().next();
    Checks.require(!other.equals(chosen), "The choice did not change from " + chosen + ".");
    String now = requirePassedOverForMemory(second.getPlan(), chosen);
    scene.processes.stop(chosen);
    scene.startAgent(chosen);
    awaitReady(chosen, true);
    return chosen + " " + why + "; with its memory taken away " + other + ", as " + now;
  }

  /**
   * Waits until the hub knows how much memory a device has and that its model is resident again,
   * for it decides by what it knows.
   */
  private void awaitReady(String device, boolean plenty) {
    var unused =
        scene
            .jobs()
            .await(
                device + " to report its memory and its model",
                Scene.INSTALL,
                () -> scene.jobs().device(device),
                seen ->
                    Scene.runs(seen, scene.small())
                        && seen.getHealth().getMemoryAvailableBytes() > LITTLE_MEMORY == plenty);
  }

  /**
   * Requires that a plan did not choose a device that has its model resident, and that has next to
   * no memory: then nothing else decided.
   *
   * @return in words what the plan says of the one that it chose and of this one
   */
  static String requirePassedOverForMemory(PlacementPlan plan, String device) {
    PlacementChoice over =
        plan.getOthersList().stream()
            .filter(choice -> choice.getDevice().equals(device) && !choice.getRefused())
            .findAny()
            .orElseThrow(
                () -> new CheckFailed("The plan does not say why it passed over " + device + "."));
    PlacementChoice chosen = plan.getChoices(0);
    Checks.require(
        weight(over, "model resident") > 0
            && weight(over, "model resident") == weight(chosen, "model resident"),
        "The model is not resident on both: " + both(chosen, over));
    Checks.require(
        weight(over, "memory available") <= LITTLE_MEMORY >> 20
            && weight(chosen, "memory available") > weight(over, "memory available"),
        "The memory did not decide: " + both(chosen, over));
    return both(chosen, over);
  }

  private static String both(PlacementChoice chosen, PlacementChoice over) {
    return chosen.getDevice()
        + " "
        + chosen.getReasonsList()
        + " against "
        + over.getDevice()
        + " "
        + over.getReasonsList();
  }

  /** Returns what the reason that begins so adds to the score, 0 where there is none. */
  private static int weight(PlacementChoice choice, String reason) {
    for (int i = 0; i < choice.getReasonsCount(); i++) {
      if (choice.getReasons(i).startsWith(reason)) {
        return choice.getWeights(i);
      }
    }
    return 0;
  }

  String publishLarge() throws IOException {
    String prompt = scene.options.small() ? SMALL_PROMPT : LARGE_PROMPT;
    scene.large = DemoSetup.publishKnown(scene, Notes.draft("2.0.0", prompt), scene.largeModel);
    return "release "
        + scene.large().getRelease()
        + ", number "
        + scene.large().getReleaseCounter();
  }

  String rollOut() throws IOException {
    Job job = scene.jobs().run(Jobs.oneFirst(Jobs.install(scene.large())));
    String order = OneFirst.require(job, scene.jobs().executions(job.getJob()).values());
    scene.awaitRelease(scene.large());
    return order + "; mapped file " + requireMapped(scene.large()) + "…";
  }

  /** Hashes the file that each live process has mapped and compares it with the release. */
  private String requireMapped(Release release) throws IOException {
    String wanted = Hashes.hex(release.getModelSha256().toByteArray());
    mapped = mappedNow();
    // More than a gigabyte each: on as many processors as there are.
    Optional<String> other =
        mapped.entrySet().parallelStream()
            .filter(entry -> !digest(entry.getValue()).equals(wanted))
            .map(Map.Entry::getKey)
            .findAny();
    Checks.require(other.isEmpty(), other.orElse("") + " has another file mapped.");
    return wanted.substring(0, 12);
  }

  private Map<String, Path> mappedNow() throws IOException {
    Map<String, Path> files = new LinkedHashMap<>();
    for (String device : Scene.DEVICES) {
      ProcessHandle process =
          scene
              .processes
              .process(device)
              .orElseThrow(() -> new CheckFailed(device + " is not running."));
      files.put(device, mappedModel(process.pid()));
    }
    return files;
  }

  private static String digest(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Hashes.hex(Hashes.sha256(in));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Path mappedModel(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "maps"))) {
      int path = line.indexOf('/');
      boolean content = path >= 0 && line.contains("/content/") && !line.contains("(deleted)");
      if (content) {
        Path file = Path.of(line.substring(path));
        Checks.require(
            MappedFile.of(pid, file).isPresent(), "The mapped model is not the file at its path.");
        return file;
      }
    }
    throw new CheckFailed("No model is mapped.");
  }

  /** Lets a dishonest hub hand out metadata with a broken signature: no device may follow it. */
  String brokenSignature() throws IOException {
    Release next =
        DemoSetup.publish(scene, Notes.draft("4.0.0", "Answer briefly."), scene.smallModel);
    Path file = scene.processes.directory(Scene.HUB).resolve("repository/documents/timestamp.json");
    byte[] good = Files.readAllBytes(file);
    byte[] bad = good.clone();
    int signature = new String(bad, StandardCharsets.US_ASCII).indexOf("\"sig\":\"") + 10;
    bad[signature] = (byte) (bad[signature] == '0' ? '1' : '0');
    scene.processes.stop(Scene.HUB);
    Files.write(file, bad);
    scene.startHub();
    scene.awaitHub();
    String seen = refusedEverywhere(next, ErrorCode.SIGNATURE_INVALID);
    Files.write(file, good); // the hub reads it when it starts again, after it was killed
    return seen;
  }

  /** Has someone on the way change a chunk of the model: no device may take the file. */
  String corruptContent() throws IOException {
    Path model = modelThatNobodyHas();
    Release next = DemoSetup.publish(scene, Notes.draft("3.0.0", "Answer very briefly."), model);
    SecureRandom random = new SecureRandom();
    CertificateAuthority stolen =
        HubKeys.loadAuthority(
            HubAssembly.keysDirectory(scene.processes.directory(Scene.HUB)), random);
    String topic = new Topics(stolen.tenant()).chunk(firstChunk(model));
    try (Interceptor between = new Interceptor(stolen, topic, random, scene.clock.instant())) {
      restartAgents("proxy=localhost:" + between.port());
      scene.awaitRelease(current());
      String seen = refusedEverywhere(next, ErrorCode.DIGEST_MISMATCH);
      Checks.require(between.changed() > 0, "No chunk was changed on its way.");
      return between.changed() + " chunks changed on the way: " + seen;
    } finally {
      restartAgents();
    }
  }

  /** The small model with a bit of its last weight changed. */
  private Path modelThatNobodyHas() throws IOException {
    Path model = scene.root.resolve("another.gguf");
    try (InputStream in = Files.newInputStream(scene.smallModel);
        OutputStream out = Files.newOutputStream(model)) {
      in.transferTo(out);
    }
    try (RandomAccessFile file = new RandomAccessFile(model.toFile(), "rw")) {
      file.seek(file.length() - 1);
      int last = file.read();
      file.seek(file.length() - 1);
      file.write(last ^ 1);
    }
    return model;
  }

  private static String firstChunk(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Hashes.hex(Hashes.sha256(in.readNBytes(ChunkGrid.of(file).length(0))));
    }
  }

  private void restartAgents(String... settings) throws IOException {
    for (String device : Scene.DEVICES) {
      scene.processes.stop(device);
    }
    for (String device : Scene.DEVICES) {
      scene.startAgent(device, settings);
    }
  }

  private String refusedEverywhere(Release release, ErrorCode expected) throws IOException {
    Job job =
        scene
            .jobs()
            .finish(
                scene
                    .jobs()
                    .create(Jobs.install(release).setDeadlineSeconds(REFUSAL.toSeconds()))
                    .getJob(),
                REFUSAL.plusSeconds(30));
    Checks.require(job.getState() != JobState.JOB_SUCCEEDED, "A broken release was installed.");
    TreeSet<String> reasons = new TreeSet<>();
    for (Execution execution : scene.jobs().executions(job.getJob()).values()) {
      boolean refused =
          execution.getState() == ExecutionState.REJECTED
              || execution.getState() == ExecutionState.FAILED;
      ErrorCode code = ErrorCode.ofNumber(execution.getError());
      Checks.require(
          refused && code == expected,
          execution.getDevice() + " ended as " + execution.getState() + " " + code);
      reasons.add(code.name());
    }
    for (Device device : scene.jobs().devices()) {
      Checks.require(
          Scene.DEVICES.contains(device.getDevice())
              && device.getInstalled().getModelSha256().equals(current().getModelSha256()),
          device.getDevice() + " does not run the old release any more.");
    }
    // The file that was hashed after the update: it is named by its digest and never written again.
    Checks.require(mappedNow().equals(mapped), "Another file is mapped than before.");
    return "refused by 3 of 3 with " + String.join(", ", reasons) + "; the old file stays mapped";
  }

  private Release current() {
    return scene.large();
  }
}
