package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a client does with the documents that its store kept, or lost. */
class KeptDocumentsTest extends TufFixture {

  @Test
  void damagedStore_isFetchedAgain() {
    refresh();
    for (String role : List.of("timestamp", "snapshot", "targets")) {
      store.store(role, new byte[] {1, 2, 3});
    }
    refresh();
    assertKept("timestamp", repository.timestampBytes());
    assertKept("snapshot", repository.bytes("snapshot", 1));
    assertKept("targets", repository.bytes("targets", 1));
  }

  @Test
  void forgedStore_isNotBelieved() {
    Signer stranger = repository.newSigner();
    ObjectNode timestamp = repository.timestamp.deepCopy().put("version", 99);
    ObjectNode snapshot = repository.snapshot.deepCopy();
    snapshot.withObject("/meta").putObject("vanished.json").put("version", 1);
    store.store("timestamp", SealedDocument.of(timestamp, List.of(stranger)));
    store.store("snapshot", SealedDocument.of(snapshot, List.of(stranger)));

    assertEquals(1, refresh().timestampVersion());
    assertKept("snapshot", repository.bytes("snapshot", 1));
  }

  @Test
  void storeThatCannotBeRead_failsInsteadOfForgettingVersions() {
    refresh();
    TrustStore failing =
        new TrustStore() {
          @Override
          public Optional<byte[]> load(String role) {
            if (role.equals("timestamp")) {
              throw new DroverException(ErrorCode.STORE_FAILED, "input/output error");
            }
            return store.load(role);
          }

          @Override
          public void store(String role, byte[] document) {
            store.store(role, document);
          }

          @Override
          public void delete(String role) {
            store.delete(role);
          }
        };
    client = new TufClient(repository, failing, TrustOptions.DIRECTORY);
    refused(ErrorCode.STORE_FAILED);
    assertEquals(ErrorCode.STORE_FAILED, Codes.of(client::stored));
  }
}
