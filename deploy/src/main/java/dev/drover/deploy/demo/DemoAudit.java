package dev.drover.deploy.demo;

import com.google.protobuf.ByteString;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.hub.HubAssembly;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.hub.verify.AuditReport;
import dev.drover.hub.verify.AuditVerifier;
import dev.drover.hub.verify.LogCopy;
import dev.drover.hub.verify.Tiles;
import dev.drover.tlog.VerifierKey;
import dev.drover.v1.GetHubRequest;
import dev.drover.v1.HubInfo;
import dev.drover.wire.DroverException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** The log of it all is verified, and nothing private is anywhere. */
final class DemoAudit {
  /** In the log of every hub. */
  private static final String HUB_SAYS = "The hub is ready";

  private final Scene scene;

  DemoAudit(Scene scene) {
    this.scene = scene;
  }

  String verify() throws IOException {
    HubInfo info = scene.jobs().connection().calls().getHub(GetHubRequest.getDefaultInstance());
    OperatorCredentials operator =
        OperatorCredentials.load(
            HubAssembly.firstOperatorFile(scene.processes.directory(Scene.HUB)));
    VerifierKey logKey = VerifierKey.parse(info.getLogKey());
    byte[] hubKey = info.getHubKey().toByteArray();
    Path copy = scene.root.resolve("log-copy");
    Tiles.Parts served =
        Tiles.ofHub("localhost:" + scene.apiPort, operator.tls().sslContext(scene.clock.instant()));
    LogCopy kept = new LogCopy(copy);
    byte[] checkpoint = served.checkpoint();
    AuditReport report =
        AuditVerifier.verify(checkpoint, logKey, hubKey, kept.reading(served).source());
    kept.keep(checkpoint);
    Checks.require(report.devices() == Scene.DEVICES.size(), "Not every device is in the log.");
    Checks.require(report.records() > 0 && report.hubRecords() > 0, "The log is empty.");
    requireFlipRefused(copy, logKey, hubKey);
    return report.size()
        + " entries, "
        + report.records()
        + " records of devices, "
        + report.hubRecords()
        + " of the hub; one flipped byte is refused";
  }

  private void requireFlipRefused(Path copy, VerifierKey logKey, byte[] hubKey) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(copy.resolve("tile"))) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    Random random = new Random(scene.options.seed());
    Path file = files.get(random.nextInt(files.size()));
    byte[] bytes = Files.readAllBytes(file);
    bytes[random.nextInt(bytes.length)] ^= 1;
    Files.write(file, bytes);
    Tiles.Parts parts = Tiles.ofDirectory(copy);
    try {
      var report = AuditVerifier.verify(parts.checkpoint(), logKey, hubKey, parts.source());
      throw new CheckFailed("A flipped byte went unnoticed in " + report.size() + " entries.");
    } catch (DroverException refused) {
      Checks.require(!refused.forPerson().isEmpty(), "The refusal says nothing.");
    }
  }

  /** Searches everything that the hub has or has seen, while it is stopped. */
  String secrets() throws IOException {
    scene.processes.stop(Scene.HUB);
    try {
      return searched(scene.processes.directory(Scene.HUB));
    } finally {
      if (scene.options.keep()) {
        scene.startHub();
        scene.awaitHub();
      }
    }
  }

  private String searched(Path hub) throws IOException {
    byte[] traffic = Tap.recorded(scene.root);
    Path store = hub.resolve("store").resolve("rocksdb");
    byte[] log = Files.readAllBytes(scene.processes.log(Scene.HUB));
    SecretHunt planted = new SecretHunt(scene.notes.secret());
    Checks.require(
        planted.isInFiles(scene.notesOf(Scene.DEVICES.get(0))), "The secret was not planted.");
    requirePayloads(traffic, scene.answered, scene.small().getTarget());
    Checks.require(
        new SecretHunt(Scene.DEVICES.get(0)).isInStore(store),
        "The search finds nothing in the hub's store.");
    Checks.require(
        new SecretHunt(scene.small().getTarget()).isInFiles(hub),
        "The search does not find a release in the hub's files.");
    Checks.require(
        new SecretHunt(HUB_SAYS).isIn(log), "The search does not find the hub's start in its log.");
    Checks.require(!planted.isIn(traffic), "The secret was on the broker.");
    Checks.require(!planted.isInStore(store), "The secret is in the hub's store.");
    Checks.require(!planted.isInFiles(hub), "The secret is in the hub's files.");
    Checks.require(!planted.isIn(log), "The secret is in the hub's log.");
    for (String device : Scene.DEVICES) {
      Path logs = scene.processes.directory(device).resolve("logs");
      Checks.require(
          !planted.isInFiles(logs)
              && !planted.isIn(Files.readAllBytes(scene.processes.log(device))),
          "The secret is in the log of " + device + ".");
    }
    return "not in the hub's store, files, logs or the "
        + Tap.messages(traffic)
        + " messages that the hub's link saw; what is known to be there was found in each";
  }

  /**
   * Requires that a recording has what messages said, both ways: a recorder that kept their topics
   * alone would have no secret either.
   *
   * @param answered bytes by the device that sent them
   * @param target that the hub named to devices
   */
  static void requirePayloads(byte[] traffic, Map<String, ByteString> answered, String target) {
    Checks.require(!answered.isEmpty(), "No device answered anything.");
    answered.forEach(
        (device, record) ->
            Checks.require(
                SecretHunt.contains(traffic, record.toByteArray()),
                "The search does not find an answer of " + device + " in the traffic."));
    Checks.require(
        new SecretHunt(target).isIn(traffic),
        "The search does not find what the hub told devices in the traffic.");
  }
}
