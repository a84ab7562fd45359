package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Instant;

/** One repository, one store and one client that trusts the repository's first root. */
abstract class TufFixture {
  static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");
  static final String PAST = "2026-11-20T23:59:59Z";

  final TestRepository repository = new TestRepository();
  final MemoryTrustStore store = new MemoryTrustStore();
  TufClient client = client(TrustOptions.DIRECTORY);

  TufClient client(TrustOptions options) {
    TufClient made = new TufClient(repository, store, options);
    made.trustInitialRoot(repository.bytes("root", 1));
    return made;
  }

  TrustedRepository refresh() {
    return client.refresh(NOW);
  }

  /** Refreshes and expects a failure of this code; what it kept must still verify by itself. */
  void refused(ErrorCode code) {
    DroverException failure = assertThrows(DroverException.class, this::refresh);
    assertEquals(code, failure.code(), failure.getMessage());
  }

  void assertKept(String role, byte[] document) {
    assertArrayEquals(document, store.documents.get(role));
  }
}
