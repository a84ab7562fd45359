package dev.drover.deploy.sim;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.Hashes;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.trust.RepositoryExpiry;
import dev.drover.trust.RoleSigners;
import dev.drover.trust.RoleVersion;
import dev.drover.trust.Signer;
import dev.drover.trust.TufRepositoryWriter;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Releases of a publisher, signed by the shipped writer, the same in every world. Each has a model
 * of a few bytes, which is one chunk, questions and an eval suite.
 */
final class SignedReleases {
  /** How many a publisher makes. */
  static final int COUNT = 6;

  /** A question whose answer costs one bit. */
  static final String SHORT = "calm";

  /** A question whose answer costs a good part of a day's budget. */
  static final String LONG = "level";

  private static final String DRAFT =
      """
      {"system": "Answer.", "contextTokens": 64, "requirements": {"architecture": "llama"},
       "questions": [
        {"id": "calm", "template": "Is it calm {where}?", "parameters": {"where": ["in", "out"]},
         "answer": {"type": "object", "additionalProperties": false, "required": ["calm"],
          "properties": {"calm": {"type": "boolean"}}}},
        {"id": "level", "template": "How full is it?",
         "answer": {"type": "object", "additionalProperties": false, "required": ["level"],
          "properties": {"level": {"type": "integer", "minimum": 0, "maximum": 9999999}}}}],
       "evalSuite": [
        {"id": "calm", "prompt": "Is the sea calm?", "expected": {"calm": true},
         "answer": {"type": "object", "additionalProperties": false, "required": ["calm"],
          "properties": {"calm": {"type": "boolean"}}}}]}
      """;

  private static final Duration VALID = Duration.ofDays(3650);

  private SignedReleases() {}

  /**
   * A release.
   *
   * @param manifest as signed
   * @param manifestBytes the same, as they travel
   * @param model the model's file
   * @param timestampVersion of the documents that first list it
   * @param documents those documents, by the topics on which they are retained
   */
  record Signed(
      ReleaseManifest manifest,
      byte[] manifestBytes,
      byte[] model,
      long timestampVersion,
      Map<String, byte[]> documents) {
    /** Returns the digest by which leases name it. */
    String sha256() {
      return Hashes.hex(Hashes.sha256(manifestBytes));
    }

    String modelSha256() {
      return Hashes.hex(Hashes.sha256(model));
    }
  }

  private static final class Made {
    static final byte[] ROOT;
    static final List<Signed> ALL;

    static {
      try {
        Path directory = Files.createTempDirectory("drover-simulated-releases");
        try {
          TufRepositoryWriter writer =
              TufRepositoryWriter.create(
                  directory, signers(), Instant.ofEpochMilli(SimWorld.BEGIN_MS).plus(VALID));
          ROOT = writer.rootDocument();
          ALL = make(writer, directory);
        } finally {
          delete(directory);
        }
      } catch (IOException unwritable) {
        throw new UncheckedIOException(unwritable);
      }
    }

    private static Map<String, RoleSigners> signers() {
      return RoleSigners.single(Signer.ofEd25519(Hashes.sha256(new byte[] {4})));
    }

    private static List<Signed> make(TufRepositoryWriter writer, Path directory)
        throws IOException {
      List<Signed> made = new ArrayList<>();
      ObjectNode nothing = JsonNodeFactory.instance.objectNode();
      Instant until = Instant.ofEpochMilli(SimWorld.BEGIN_MS).plus(VALID);
      for (int counter = 1; counter <= COUNT; counter++) {
        byte[] model = ("model " + counter).getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = manifest(counter, model);
        ReleaseManifest manifest = ReleaseManifest.parse(bytes);
        writer.putTarget(manifest.targetPath(), bytes.length, Hashes.sha256(bytes), nothing);
        long version = writer.publish(new RepositoryExpiry(until, until, until));
        made.add(new Signed(manifest, bytes, model, version, documents(directory, version)));
      }
      return List.copyOf(made);
    }

    private static byte[] manifest(int counter, byte[] model) throws IOException {
      ObjectNode draft = (ObjectNode) new JsonMapper().readTree(DRAFT);
      draft.put("name", "sim").put("version", "1." + counter).put("releaseCounter", counter);
      String sha256 = Hashes.hex(Hashes.sha256(model));
      Artifact artifact =
          new Artifact(
              "model-" + counter, Artifact.Kind.MODEL, sha256, model.length, List.of(sha256));
      return ReleaseManifest.write(draft, List.of(artifact));
    }

    private static Map<String, byte[]> documents(Path directory, long version) throws IOException {
      Topics topics = new Topics(SimWorld.TENANT);
      Map<String, byte[]> documents = new TreeMap<>();
      documents.put(topics.root(1), read(directory, new RoleVersion(RoleVersion.ROOT, 1)));
      documents.put(topics.timestamp(), read(directory, RoleVersion.latest(RoleVersion.TIMESTAMP)));
      for (String role : List.of(RoleVersion.SNAPSHOT, RoleVersion.TARGETS)) {
        documents.put(topics.meta(version, role), read(directory, new RoleVersion(role, version)));
      }
      return documents;
    }

    private static byte[] read(Path directory, RoleVersion name) throws IOException {
      return Files.readAllBytes(directory.resolve(name.path()));
    }

    private static void delete(Path directory) throws IOException {
      try (Stream<Path> below = Files.walk(directory)) {
        for (Path path : below.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** Returns all of them, oldest first. */
  static List<Signed> all() {
    return Made.ALL;
  }

  /** Returns the root document that devices trust from their enrolment on. */
  static byte[] root() {
    return Made.ROOT.clone();
  }
}
