package dev.drover.hub.repo;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.content.ChunkTable;
import dev.drover.crypto.Hashes;
import dev.drover.hub.publish.Drafts;
import dev.drover.hub.publish.Publisher;
import dev.drover.hub.publish.SignedRelease;
import dev.drover.testkit.TinyGguf;
import dev.drover.v1.Release;
import dev.drover.v1.SignedDocument;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the hub takes from publishers, and that a refusal leaves no trace. */
class ReleaseRepositoryTest {
  private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
  private static final Duration LIFE = Duration.ofDays(30);
  private static final char[] PASSPHRASE = "correct horse".toCharArray();

  @TempDir private Path directory;
  private final Topics topics = new Topics("acme");
  private final QuietLink broker = new QuietLink();
  private ChunkStore chunks;
  private ReleaseRepository repository;
  private Publisher publisher;

  @BeforeEach
  void open() {
    chunks = new ChunkStore(directory.resolve("chunks"));
    repository = reopened();
    publisher = publisher("publisher");
  }

  private ReleaseRepository reopened() {
    return new ReleaseRepository(directory.resolve("repository"), chunks, broker, topics);
  }

  private Publisher publisher(String name) {
    Publisher made = new Publisher(directory.resolve(name));
    var unused = made.create(PASSPHRASE, new SecureRandom(), NOW);
    return made;
  }

  private static SignedRelease sign(Publisher publisher, String version) {
    return publisher.sign(Drafts.draft(version), null, PASSPHRASE, NOW, LIFE);
  }

  private SignedRelease uploaded(String version) {
    SignedRelease release = sign(publisher, version);
    release.pieces().forEach(chunks::put);
    return release;
  }

  private List<String> publish(List<SignedDocument> documents) {
    return publish(documents, NOW);
  }

  private List<String> publish(List<SignedDocument> documents, Instant now) {
    return repository.publish(documents, now).stream()
        .map(Release::getRelease)
        .sorted(Comparator.naturalOrder())
        .toList();
  }

  private static List<SignedDocument> with(
      List<SignedDocument> documents, String role, byte[] content) {
    List<SignedDocument> changed = new ArrayList<>(documents);
    changed.replaceAll(
        document ->
            document.getRole().equals(role)
                ? document.toBuilder().setContent(ByteString.copyFrom(content)).build()
                : document);
    return changed;
  }

  private static byte[] content(SignedRelease release, String role) {
    return release.documents().stream()
        .filter(document -> document.getRole().equals(role))
        .findFirst()
        .orElseThrow()
        .getContent()
        .toByteArray();
  }

  private Map<String, String> retained() {
    Map<String, String> hashes = new TreeMap<>();
    broker.retained.forEach((topic, bytes) -> hashes.put(topic, Hashes.hex(Hashes.sha256(bytes))));
    return hashes;
  }

  @Test
  void release_isVerified_kept_andRetainedByteForByte_theTimestampLast() {
    SignedRelease release = uploaded("1.0.0");
    assertEquals(List.of("hall/1.0.0"), publish(release.documents()));
    assertEquals(
        List.of(
            topics.meta(1, "snapshot"),
            topics.meta(1, "targets"),
            topics.root(1),
            topics.timestamp()),
        broker.published);
    assertArrayEquals(content(release, "targets"), broker.retained.get(topics.meta(1, "targets")));
    assertArrayEquals(content(release, "root"), repository.firstRoot().orElseThrow());
    byte[] manifest = Hashes.unhex(release.manifestSha256());
    assertEquals("1.0.0", repository.manifest(manifest).orElseThrow().version());

    Map<String, String> before = retained();
    broker.retained.clear();
    ReleaseRepository next = reopened();
    next.load(
        List.of(Release.newBuilder().setManifestSha256(ByteString.copyFrom(manifest)).build()));
    next.republish();
    assertEquals(before, retained());
    assertEquals("1.0.0", next.manifest(manifest).orElseThrow().version());
  }

  @Test
  void documents_beforeTheirContent_areRefused_andTakenAfterIt() throws IOException {
    Path model = TinyGguf.ofSeed(1).writeTo(directory.resolve("model.gguf"));
    SignedRelease release = publisher.sign(Drafts.draft("1.0.0"), model, PASSPHRASE, NOW, LIFE);
    String why = assertRefused(ErrorCode.NOT_FOUND, () -> publish(release.documents()));
    assertTrue(why.contains("manifest"), why);
    release.pieces().forEach(chunks::put);
    why = assertRefused(ErrorCode.NOT_FOUND, () -> publish(release.documents()));
    assertTrue(why.contains("Chunks of model.gguf"), why);
    assertEquals(Map.of(), retained());
    byte[] bytes = Files.readAllBytes(model);
    var table = ChunkTable.build(model).table();
    for (int i = 0; i < table.count(); i++) {
      int from = (int) table.offset(i);
      chunks.put(Arrays.copyOfRange(bytes, from, from + table.length(i)));
    }
    assertEquals(List.of("hall/1.0.0"), publish(release.documents()));
  }

  @Test
  void documents_thatAreForged_areRefused_withoutATrace() {
    var unused = publish(uploaded("1.0.0").documents());
    SignedRelease next = uploaded("1.1.0");
    Map<String, String> before = retained();
    for (String role : List.of("targets", "snapshot", "timestamp")) {
      for (String part : List.of("\"sig\":\"", "\"version\":", "\"_type\":\"")) {
        byte[] bytes = content(next, role);
        String text = new String(bytes, StandardCharsets.UTF_8);
        bytes[text.indexOf(part) + part.length()] ^= 1;
        DroverException refused =
            assertThrows(
                DroverException.class, () -> publish(with(next.documents(), role, bytes)), role);
        assertTrue(
            List.of(
                    ErrorCode.SIGNATURE_INVALID,
                    ErrorCode.DIGEST_MISMATCH,
                    ErrorCode.METADATA_ROLLBACK,
                    ErrorCode.MESSAGE_MALFORMED)
                .contains(refused.code()),
            () -> role + " " + part + " " + refused.forPerson());
      }
    }
    assertEquals(before, retained());
    assertEquals(List.of("hall/1.0.0", "hall/1.1.0"), publish(next.documents()));
  }

  @Test
  void documents_ofAnotherPublisher_areRefused() {
    var unused = publish(uploaded("1.0.0").documents());
    Map<String, String> before = retained();
    Publisher other = publisher("other");
    String why = assertRefused(ErrorCode.SIGNATURE_INVALID, () -> publish(other.documents()));
    assertTrue(why.contains("another release root"), why);
    SignedRelease foreign = sign(other, "6.6.6");
    foreign.pieces().forEach(chunks::put);
    assertRefused(ErrorCode.SIGNATURE_INVALID, () -> publish(foreign.documents()));
    assertEquals(before, retained());
    assertEquals(List.of("hall/1.0.0", "hall/1.0.1"), publish(uploaded("1.0.1").documents()));
  }

  @Test
  void root_ofARefusedFirstUpload_isNotTrusted() {
    SignedRelease foreign = sign(publisher("other"), "6.6.6");
    assertRefused(ErrorCode.NOT_FOUND, () -> publish(foreign.documents()));
    assertTrue(repository.firstRoot().isEmpty());
    assertEquals(List.of("hall/1.0.0"), publish(uploaded("1.0.0").documents()));
  }

  @Test
  void documents_withoutARoot_areRefusedAtFirst() {
    List<SignedDocument> rootless =
        uploaded("1.0.0").documents().stream()
            .filter(document -> !document.getRole().equals("root"))
            .toList();
    assertRefused(ErrorCode.SIGNATURE_INVALID, () -> publish(rootless));
  }

  @Test
  void documents_thatNothingLeadsTo_areRefused() {
    List<SignedDocument> good = uploaded("1.0.0").documents();
    for (SignedDocument stray :
        List.of(
            document("guests", 3),
            document("root", 7),
            document("root", 0),
            document("../../../etc", 1),
            document("targets", 99),
            document("snapshot", 0))) {
      List<SignedDocument> more = new ArrayList<>(good);
      more.add(stray);
      assertRefused(ErrorCode.SIGNATURE_INVALID, () -> publish(more));
    }
    assertEquals(Map.of(), retained());
    assertEquals(List.of("hall/1.0.0"), publish(good));
  }

  private static SignedDocument document(String role, long version) {
    return SignedDocument.newBuilder()
        .setRole(role)
        .setVersion(version)
        .setContent(ByteString.copyFromUtf8("{}"))
        .build();
  }

  @Test
  void documents_thatAreOlder_areRefused() {
    SignedRelease first = uploaded("1.0.0");
    SignedRelease second = uploaded("1.1.0");
    assertEquals(List.of("hall/1.0.0", "hall/1.1.0"), publish(second.documents()));
    assertRefused(ErrorCode.METADATA_ROLLBACK, () -> publish(first.documents()));
    assertEquals(List.of("hall/1.0.0", "hall/1.1.0"), publish(second.documents()));
  }

  @Test
  void documents_thatExpired_areRefused() {
    SignedRelease release = uploaded("1.0.0");
    assertRefused(
        ErrorCode.METADATA_EXPIRED,
        () -> publish(release.documents(), NOW.plus(Duration.ofDays(31))));
    assertEquals(Map.of(), retained());
  }

  @Test
  void document_thatDoesNotFitIntoAMessage_isRefused() {
    SignedRelease release = uploaded("1.0.0");
    byte[] large = new byte[Limits.CHUNK_BYTES_MAX + 1];
    String why =
        assertRefused(
            ErrorCode.LIMIT_EXCEEDED, () -> publish(with(release.documents(), "targets", large)));
    assertTrue(why.contains("targets.json") && why.contains("262144"), why);
  }

  @Test
  void manifest_thatIsDamagedOnTheDisk_isRefused() throws IOException {
    SignedRelease release = uploaded("1.0.0");
    String name = release.manifestSha256();
    Path chunk = directory.resolve("chunks").resolve(name.substring(0, 2)).resolve(name);
    byte[] bytes = Files.readAllBytes(chunk);
    bytes[10] ^= 1;
    Files.write(chunk, bytes);
    assertRefused(ErrorCode.DIGEST_MISMATCH, () -> publish(release.documents()));
    assertEquals(Map.of(), retained());
  }
}
