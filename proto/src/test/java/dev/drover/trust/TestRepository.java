package dev.drover.trust;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.Hashes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A repository in memory that can be made wrong in every way: its contents are open trees, and what
 * is published is whatever they hold at that moment.
 */
final class TestRepository implements Fetcher {
  static final String FAR = "2030-01-01T00:00:00Z";

  final Map<String, List<Signer>> signers = new HashMap<>();
  final Map<String, Integer> thresholds = new HashMap<>();
  final Map<RoleVersion, byte[]> published = new HashMap<>();
  final List<RoleVersion> requests = new ArrayList<>();
  final ObjectNode root = content("root");
  final ObjectNode timestamp = content("timestamp");
  final ObjectNode snapshot = content("snapshot");
  final Map<String, ObjectNode> targets = new HashMap<>();
  boolean announcesHashes = true;
  boolean announcesRoot;
  private int keySeed;

  TestRepository() {
    root.put("consistent_snapshot", true);
    timestamp.putObject("meta");
    snapshot.putObject("meta");
    targets.put("targets", content("targets"));
    targetsOf("targets").putObject("targets");
    for (String role : RoleVersion.TOP_LEVEL) {
      signers.put(role, new ArrayList<>(List.of(newSigner())));
    }
    publishRoot();
    publishAll();
  }

  static ObjectNode content(String type) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("_type", type)
        .put("spec_version", "1.0.31")
        .put("version", 1)
        .put("expires", FAR);
  }

  Signer newSigner() {
    return Signer.ofEd25519(Hashes.sha256(new byte[] {(byte) ++keySeed}));
  }

  ObjectNode targetsOf(String role) {
    return targets.computeIfAbsent(
        role,
        name -> {
          ObjectNode created = content("targets");
          created.putObject("targets");
          return created;
        });
  }

  /** Lists a target whose content is its own path. */
  void addTarget(String role, String path) {
    byte[] content = path.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    ObjectNode entry = ((ObjectNode) targetsOf(role).get("targets")).putObject(path);
    entry.put("length", content.length);
    entry.putObject("hashes").put("sha256", Hashes.hex(Hashes.sha256(content)));
    entry.putObject("custom").put("by", role);
  }

  /** Adds a delegation at the end of the delegator's list. */
  ObjectNode delegate(
      String delegator, String role, boolean terminating, Signer signer, String... paths) {
    targetsOf(role);
    signers.putIfAbsent(role, List.of(signer));
    ObjectNode delegations = targetsOf(delegator).withObject("/delegations");
    delegations.withObject("/keys").set(signer.key().keyId(), signer.key().toJson());
    ObjectNode entry = delegations.withArray("/roles").addObject();
    entry.put("name", role).put("threshold", 1).put("terminating", terminating);
    entry.putArray("keyids").add(signer.key().keyId());
    ArrayNode patterns = entry.putArray("paths");
    for (String path : paths) {
      patterns.add(path);
    }
    return entry;
  }

  /** Adds one to the version of a content. */
  static void bump(ObjectNode content) {
    content.put("version", content.get("version").longValue() + 1);
  }

  /** Fills in the keys and publishes the root as it is. */
  void publishRoot(Signer... extraSigners) {
    ObjectNode keys = root.putObject("keys");
    ObjectNode roles = root.putObject("roles");
    for (String role : RoleVersion.TOP_LEVEL) {
      ObjectNode entry = roles.putObject(role).put("threshold", thresholds.getOrDefault(role, 1));
      ArrayNode ids = entry.putArray("keyids");
      for (Signer signer : signersOf(role)) {
        keys.set(signer.key().keyId(), signer.key().toJson());
        ids.add(signer.key().keyId());
      }
    }
    List<Signer> all = new ArrayList<>(signersOf("root"));
    all.addAll(List.of(extraSigners));
    publishRootContent(all);
  }

  void publishRootContent(List<Signer> by) {
    published.put(
        new RoleVersion("root", root.get("version").longValue()), SealedDocument.of(root, by));
  }

  /** Adds one to the version of root and publishes it, also signed by these. */
  void nextRoot(Signer... extraSigners) {
    bump(root);
    publishRoot(extraSigners);
  }

  /** Publishes targets, snapshot and timestamp as they are, each announcing the one before. */
  void publishAll() {
    targets.keySet().forEach(this::publishTargets);
    publishSnapshot();
    publishTimestamp();
  }

  /** Adds one to all versions and publishes. */
  void nextAll() {
    targets.values().forEach(TestRepository::bump);
    bump(snapshot);
    bump(timestamp);
    publishAll();
  }

  void publishTargets(String role) {
    ObjectNode content = targetsOf(role);
    RoleVersion name = new RoleVersion(role, content.get("version").longValue());
    byte[] bytes = SealedDocument.of(content, signersOf(role));
    published.put(name, bytes);
    announce(snapshot, role, name.version(), bytes);
  }

  void publishSnapshot() {
    RoleVersion name = new RoleVersion("snapshot", snapshot.get("version").longValue());
    byte[] bytes = SealedDocument.of(snapshot, signersOf("snapshot"));
    published.put(name, bytes);
    announce(timestamp, "snapshot", name.version(), bytes);
  }

  void publishTimestamp() {
    if (announcesRoot) {
      timestamp.put("x-root-version", root.get("version").longValue());
    }
    published.put(
        RoleVersion.latest("timestamp"), SealedDocument.of(timestamp, signersOf("timestamp")));
  }

  private List<Signer> signersOf(String role) {
    return signers.getOrDefault(role, List.of());
  }

  private void announce(ObjectNode announcer, String role, long version, byte[] bytes) {
    ObjectNode meta = ((ObjectNode) announcer.get("meta")).putObject(role + ".json");
    meta.put("version", version);
    if (announcesHashes) {
      meta.put("length", bytes.length);
      meta.putObject("hashes").put("sha256", Hashes.hex(Hashes.sha256(bytes)));
    }
  }

  byte[] bytes(String role, long version) {
    return published.getOrDefault(new RoleVersion(role, version), new byte[0]);
  }

  byte[] timestampBytes() {
    return bytes("timestamp", RoleVersion.LATEST);
  }

  @Override
  public Optional<byte[]> fetch(RoleVersion name, int bytesMax) {
    requests.add(name);
    return Optional.ofNullable(published.get(name));
  }

  /** Returns the requests since the last call as texts. */
  List<String> takeRequests() {
    List<String> texts = requests.stream().map(RoleVersion::toString).toList();
    requests.clear();
    return texts;
  }
}
