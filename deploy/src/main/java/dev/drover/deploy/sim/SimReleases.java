package dev.drover.deploy.sim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.release.ReleaseManifest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What the publisher made, as the hub has it. */
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
    return Arrays.equals(sha256, FACTORY_SHA256) ? Optional.of(FACTORY) : Optional.empty();
  }

  @Override
  public Optional<Sha256> rootSha256() {
    return Optional.empty();
  }

  void publishTo(SimBroker broker) {}

  void publish(SimBroker broker, String sha256) {}
}
