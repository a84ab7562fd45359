package dev.drover.deploy.sim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.release.Question;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.Release;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What the publisher made, as the hub has it: signed documents and content, which its repository
 * keeps on files of its own and puts on the broker.
 */
final class SimReleases implements ReleaseCatalog {
  /** What may be asked of {@link #FACTORY}. */
  static final String QUESTION = "well";

  /** What the answer to it is called. */
  static final String ANSWER = "yes";

  private static final byte[] FACTORY_BYTES = factory();

  /** The release that every device has from the beginning: no model, one question. */
  static final ReleaseManifest FACTORY = ReleaseManifest.parse(FACTORY_BYTES);

  /** By which jobs name it. */
  private static final byte[] FACTORY_SHA256 = Hashes.sha256(FACTORY_BYTES);

  private static final Topics TOPICS = new Topics(SimWorld.TENANT);

  private int published;

  private static byte[] factory() {
    String draft =
        """
        {"name": "factory", "version": "1", "releaseCounter": 1, "system": "", "contextTokens": 0,
         "requirements": {},
         "questions": [{"id": "well", "template": "Are you well?", "parameters": {},
           "answer": {"type": "object", "additionalProperties": false,
             "properties": {"yes": {"type": "boolean"}}, "required": ["yes"]}}]}
        """;
    try {
      return ReleaseManifest.write(new JsonMapper().readTree(draft), List.of());
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException(broken);
    }
  }

  /** Returns the digest of {@link #FACTORY}. */
  static byte[] factorySha256() {
    return FACTORY_SHA256.clone();
  }

  @Override
  public Optional<ReleaseManifest> manifest(byte[] sha256) {
    return Arrays.equals(sha256, FACTORY_SHA256)
        ? Optional.of(FACTORY)
        : find(Hashes.hex(sha256)).map(SignedReleases.Signed::manifest);
  }

  @Override
  public Optional<Sha256> rootSha256() {
    return Optional.of(Sha256.fromBytes(Hashes.sha256(SignedReleases.root())));
  }

  private Optional<SignedReleases.Signed> find(String sha256) {
    return published().stream().filter(release -> release.sha256().equals(sha256)).findFirst();
  }

  /** Returns the releases that were published so far, oldest first. */
  List<SignedReleases.Signed> published() {
    return SignedReleases.all().subList(0, published);
  }

  /** Returns whether the publisher has signed more than was published. */
  boolean hasNext() {
    return published < SignedReleases.all().size();
  }

  /** Publishes the next release. */
  SignedReleases.Signed publishNext(SimBroker broker) {
    published++;
    publishTo(broker);
    return SignedReleases.all().get(published - 1);
  }

  /** Puts the signed documents on the broker, which may have forgotten them. */
  void publishTo(SimBroker broker) {
    if (published > 0) {
      SignedReleases.all()
          .get(published - 1)
          .documents()
          .forEach((topic, document) -> retain(broker, topic, document));
    }
  }

  /** Puts a piece of content on the broker, where a device wants it. */
  void publish(SimBroker broker, String sha256) {
    for (SignedReleases.Signed release : published()) {
      if (release.sha256().equals(sha256)) {
        retain(broker, TOPICS.chunk(sha256), release.manifestBytes());
      } else if (release.modelSha256().equals(sha256)) {
        retain(broker, TOPICS.chunk(sha256), release.model());
      }
    }
  }

  private static void retain(SimBroker broker, String topic, byte[] payload) {
    Topic parsed = Topics.parse(topic).orElseThrow();
    broker.fromHub(parsed, topic, payload, true);
  }

  /** Returns what the hub's registry says of a release. */
  static Release facts(SignedReleases.Signed signed) {
    ReleaseManifest manifest = signed.manifest();
    return Release.newBuilder()
        .setRelease(manifest.label())
        .setTarget(manifest.targetPath())
        .setManifestSha256(ByteString.copyFrom(Hashes.unhex(signed.sha256())))
        .setReleaseCounter(manifest.releaseCounter())
        .setModelSha256(ByteString.copyFrom(Hashes.unhex(signed.modelSha256())))
        .setBytes(signed.model().length)
        .addAllQuestions(manifest.questions().stream().map(Question::id).toList())
        .setTimestampVersion(signed.timestampVersion())
        .setGoldenPrompts(manifest.evalSuite().size())
        .build();
  }
}
