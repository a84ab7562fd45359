package dev.drover.agent.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.crypto.Hashes;
import dev.drover.trust.DirectoryFetcher;
import dev.drover.trust.RepositoryExpiry;
import dev.drover.trust.RoleSigners;
import dev.drover.trust.Signer;
import dev.drover.trust.TufRepositoryWriter;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** A device that was enrolled before its hub had a publisher. */
class ReleaseTrustTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
  private static final Instant LATER = NOW.plus(Duration.ofDays(30));

  @TempDir Path scratch;
  private byte[] root;
  private ReleaseTrust trust;

  @BeforeEach
  void publish() {
    root = publish("repository", 1);
    trust = trust("repository");
  }

  private byte[] publish(String name, int key) {
    Signer signer = Signer.ofEd25519(Hashes.sha256(new byte[] {(byte) key}));
    TufRepositoryWriter writer =
        TufRepositoryWriter.create(scratch.resolve(name), RoleSigners.single(signer), LATER);
    var unused = writer.publish(new RepositoryExpiry(LATER, LATER, LATER));
    return writer.rootDocument();
  }

  private ReleaseTrust trust(String broker) {
    DirectoryFetcher documents = new DirectoryFetcher(scratch.resolve(broker));
    return new ReleaseTrust(scratch.resolve("trust"), documents, () -> NOW);
  }

  private static void refused(ErrorCode code, Executable call) {
    assertEquals(code, assertThrows(DroverException.class, call).code());
  }

  @Test
  void theRootThatTheHubNamed_isTrustedFromThenOn() {
    refused(ErrorCode.NOT_FOUND, () -> trust.refresh());
    trust.begin(Hashes.sha256(root));
    assertEquals(1, trust.refresh().timestampVersion());
    assertEquals(1, trust("nowhere").stored().orElseThrow().timestampVersion());
  }

  @Test
  void whatIsTrusted_isNotReplaced() {
    trust.begin(Hashes.sha256(root));
    byte[] other = publish("other", 2);
    ReleaseTrust elsewhere = trust("other");
    elsewhere.begin(Hashes.sha256(other));
    elsewhere.begin(new byte[0]);
    refused(ErrorCode.SIGNATURE_INVALID, elsewhere::refresh);
  }

  @Test
  void aRootThatTheBrokerExchanged_isRefused() {
    publish("other", 2);
    refused(ErrorCode.SIGNATURE_INVALID, () -> trust("other").begin(Hashes.sha256(root)));
    assertEquals(Optional.empty(), trust.stored());
  }

  @Test
  void withoutARoot_itSaysWhatToDo() {
    refused(ErrorCode.NOT_FOUND, () -> trust.begin(new byte[0]));
    refused(ErrorCode.UNAVAILABLE, () -> trust("nowhere").begin(Hashes.sha256(root)));
  }
}
