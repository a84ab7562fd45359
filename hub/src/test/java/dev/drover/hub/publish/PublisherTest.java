package dev.drover.hub.publish;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.KeyFiles;
import dev.drover.trust.RepositoryExpiry;
import dev.drover.trust.RoleSigners;
import dev.drover.trust.Signer;
import dev.drover.trust.TufRepositoryWriter;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublisherTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final Duration LIFE = Duration.ofDays(30);

  @TempDir private Path directory;
  private final char[] passphrase = "correct horse".toCharArray();
  private Publisher publisher;

  @BeforeEach
  void create() {
    publisher = new Publisher(directory);
    byte[] root = publisher.create(passphrase, new SecureRandom(), NOW);
    assertArrayEquals(root, publisher.documents().get(0).getContent().toByteArray());
  }

  private SignedRelease sign(String version) {
    return publisher.sign(Drafts.draft(version), null, passphrase, NOW, LIFE);
  }

  @Test
  void key_isPrivate_underItsPassphrase_andMadeOnce() throws Exception {
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(directory.resolve("offline.key"))));
    assertRefused(
        ErrorCode.INVALID_ARGUMENT,
        () -> publisher.sign(Drafts.draft("1.0.0"), null, "wrong horse".toCharArray(), NOW, LIFE));
    assertRefused(
        ErrorCode.ALREADY_EXISTS, () -> publisher.create(passphrase, new SecureRandom(), NOW));
    assertRefused(
        ErrorCode.INVALID_ARGUMENT,
        () ->
            new Publisher(directory.resolve("other"))
                .create("short".toCharArray(), new SecureRandom(), NOW));
  }

  @Test
  void release_signedAgain_isTheSame_andAnotherContentIsRefused() {
    SignedRelease first = sign("1.0.0");
    SignedRelease again = sign("1.0.0");
    assertEquals(first.manifestSha256(), again.manifestSha256());
    assertEquals(1, again.manifest().releaseCounter());
    SignedRelease next = sign("1.0.1");
    assertEquals(2, next.manifest().releaseCounter());
    assertNotEquals(first.manifestSha256(), next.manifestSha256());
    assertRefused(
        ErrorCode.ALREADY_EXISTS,
        () ->
            publisher.sign(
                Drafts.draft("1.0.0").put("system", "Be brief."), null, passphrase, NOW, LIFE));
  }

  @Test
  void listOfReleases_thatOutgrowsAMessage_isRefusedBeforeAnythingIsSigned() throws Exception {
    var unused = sign("1.0.0");
    fill(1700);
    long before = publisher.documents().size();
    byte[] timestamp = Files.readAllBytes(directory.resolve("repository/timestamp.json"));
    String why = assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> sign("2.0.0"));
    assertTrue(why.contains("targets") && why.contains("--withdraw"), why);
    assertEquals(before, publisher.documents().size());
    assertArrayEquals(
        timestamp, Files.readAllBytes(directory.resolve("repository/timestamp.json")));

    List<String> old = IntStream.range(0, 1700).mapToObj(i -> "old/" + i).toList();
    SignedRelease fits = publisher.sign(Drafts.draft("2.0.0"), null, passphrase, NOW, LIFE, old);
    assertEquals("hall/2.0.0", fits.manifest().label());
  }

  /** Lists many releases, as years of publishing would. */
  private void fill(int count) {
    byte[] seed = KeyFiles.readEncryptedEd25519(directory.resolve("offline.key"), passphrase);
    TufRepositoryWriter writer =
        TufRepositoryWriter.open(
            directory.resolve("repository"), RoleSigners.single(Signer.ofEd25519(seed)));
    for (int i = 0; i < count; i++) {
      writer.putTarget(
          "releases/old/" + i + "/manifest.json",
          5000,
          new byte[32],
          JsonNodeFactory.instance.objectNode().put("releaseCounter", i + 1));
    }
    Instant end = NOW.plus(LIFE);
    var unused = writer.publish(new RepositoryExpiry(end, end, end));
  }

  @Test
  void draft_withASpellingMistake_isNotSigned() {
    ObjectNode stranger = Drafts.draft("3.0.0").put("contextToken", 64);
    assertTrue(refused(stranger).contains("no place for contextToken"));

    ObjectNode question = Drafts.draft("3.0.0");
    ((ObjectNode) question.path("questions").get(0)).put("schema", "x");
    assertTrue(refused(question).contains("the question door has no place for schema"));

    ObjectNode reads = Drafts.draft("3.0.0");
    ((ObjectNode) reads.path("questions").get(0)).put("reads", "note");
    assertTrue(refused(reads).contains("reads notes"));

    ObjectNode golden = Drafts.draft("3.0.0");
    golden.putArray("evalSuite").addObject().put("id", "ice").put("expects", "x");
    assertTrue(refused(golden).contains("the golden prompt ice has no place for expects"));
    assertTrue(refused(Drafts.draft("3.0.0").put("evalSuite", 3)).contains("evalSuite is a list"));
  }

  @Test
  void draft_thatCannotWork_isNotSigned() {
    assertTrue(refused(Drafts.draft("3.0.0").put("contextTokens", -5)).contains("64 to 1048576"));

    ObjectNode place = Drafts.draft("3.0.0");
    ((ObjectNode) place.path("questions").get(0)).put("template", "How is {machine}?");
    assertTrue(
        refused(place).contains("has the parameters [] and its template uses [machine]"),
        refused(place));
    assertEquals("hall/3.0.0", sign("3.0.0").manifest().label());
  }

  private String refused(ObjectNode draft) {
    DroverException refused =
        assertThrows(
            DroverException.class, () -> publisher.sign(draft, null, passphrase, NOW, LIFE));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refused.code());
    return String.valueOf(refused.getMessage());
  }
}
