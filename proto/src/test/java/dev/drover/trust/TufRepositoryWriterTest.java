package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.Hashes;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TufRepositoryWriterTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00.123Z");
  private static final Map<String, RoleSigners> KEYS = RoleSigners.single(signer(1));
  private static final RepositoryExpiry EXPIRY = new RepositoryExpiry(in(90), in(7), in(1));

  @TempDir Path scratch;

  @Test
  void publishedRepository_isReadByAClient() {
    TufRepositoryWriter writer = create("repo");
    ObjectNode custom = JsonNodeFactory.instance.objectNode();
    custom.put("prompt", "two\nlines é 😀").put("counter", 3);
    writer.putTarget("releases/one", 5_000_000_000L, new byte[32], custom);
    writer.putExtra("x-floor", IntNode.valueOf(2));
    assertEquals(1, writer.publish(EXPIRY));

    for (TrustOptions options : List.of(TrustOptions.DIRECTORY, TrustOptions.BROKER)) {
      TrustedRepository trusted = read("repo", options, writer.rootDocument());
      TargetInfo target = trusted.find("releases/one").orElseThrow();
      assertEquals(5_000_000_000L, target.lengthBytes());
      assertEquals("00".repeat(32), target.sha256());
      assertEquals(custom, target.custom());
      assertEquals(2, trusted.extra("x-floor").orElseThrow().intValue());
      assertEquals(Instant.parse("2026-11-22T10:00:00Z"), trusted.validUntil());
    }
    assertEquals(
        List.of("meta/1/snapshot.json", "meta/1/targets.json", "root/1.json", "timestamp.json"),
        List.copyOf(files("repo").keySet()));
  }

  @Test
  void sameContentAndKeys_giveTheSameBytes() {
    for (String name : List.of("one", "two")) {
      TufRepositoryWriter writer = create(name);
      List<String> paths = name.equals("one") ? List.of("a", "b") : List.of("b", "a");
      paths.forEach(path -> put(writer, path));
      writer.publish(EXPIRY);
    }
    Map<String, byte[]> one = files("one");
    Map<String, byte[]> two = files("two");
    assertEquals(one.keySet(), two.keySet());
    one.forEach((path, bytes) -> assertArrayEquals(bytes, two.get(path), path));
  }

  @Test
  void publishedBytes_arePinned() {
    TufRepositoryWriter writer = create("repo");
    ObjectNode custom = JsonNodeFactory.instance.objectNode();
    custom.put("z", "two\nlines é 😀 \"\\").put("a", 3).putArray("m").add(true).addNull();
    writer.putTarget("b", 1, new byte[32], custom);
    put(writer, "a");
    writer.publish(EXPIRY);

    Map<String, String> digests = new TreeMap<>();
    files("repo").forEach((path, bytes) -> digests.put(path, Hashes.hex(Hashes.sha256(bytes))));

    assertEquals(
        Map.of(
            "root/1.json", "bfe2387c7089ac42589e82d872a5b607d6e4079cb0f95e5425727898fa9e59aa",
            "meta/1/targets.json",
                "1e7a86ced4e0ec0cd2ca7df6e4c84b5d000660df3438ca17c2f89ef8c32d87a0",
            "meta/1/snapshot.json",
                "d174c0a541661f413542e002faef17a4a47946ebd6c11e5540f524483e5aa3c6",
            "timestamp.json", "7540e4432fb34b20c27ef6bb9865964a2dfcc75ba43ab4599dd8583c8749cac0"),
        digests);
  }

  @Test
  void reopenedRepository_keepsTargetsAndRaisesEveryVersion() {
    TufRepositoryWriter first = create("repo");
    put(first, "a");
    put(first, "b");
    first.publish(EXPIRY);

    TufRepositoryWriter second = TufRepositoryWriter.open(scratch.resolve("repo"), KEYS);
    put(second, "c");
    second.removeTarget("b");
    second.removeTarget("never listed");
    assertEquals(2, second.publish(EXPIRY));

    TrustedRepository trusted = read("repo", TrustOptions.BROKER, second.rootDocument());
    assertTrue(trusted.find("a").isPresent() && trusted.find("c").isPresent());
    assertFalse(trusted.find("b").isPresent());
    assertEquals(2, trusted.targetsVersion());
    assertEquals(2, trusted.snapshotVersion());
    assertEquals(2, trusted.timestampVersion());
  }

  @Test
  void unpublishedChanges_areNotVisible() {
    TufRepositoryWriter writer = create("repo");
    writer.publish(EXPIRY);
    put(writer, "a");
    assertTrue(read("repo", TrustOptions.BROKER, writer.rootDocument()).find("a").isEmpty());
  }

  @Test
  void renewedTimestamp_namesTheSameSnapshot() {
    TufRepositoryWriter writer = create("repo");
    assertEquals(ErrorCode.NOT_FOUND, Codes.of(() -> writer.renewTimestamp(in(2))));
    writer.publish(EXPIRY);

    assertEquals(2, writer.renewTimestamp(in(2)));
    assertEquals(3, writer.renewTimestamp(in(3)));

    TrustedRepository trusted = read("repo", TrustOptions.BROKER, writer.rootDocument());
    assertEquals(3, trusted.timestampVersion());
    assertEquals(1, trusted.snapshotVersion());
    assertEquals(Instant.parse("2026-11-24T10:00:00Z"), trusted.validUntil());
  }

  @Test
  void publicationCutShort_neverReusesItsVersions() throws IOException {
    TufRepositoryWriter writer = create("repo");
    writer.publish(EXPIRY);
    Map<String, byte[]> before = files("repo");
    writer.publish(EXPIRY);
    Files.write(scratch.resolve("repo/timestamp.json"), before.get("timestamp.json"));
    Files.delete(scratch.resolve("repo/meta/2/snapshot.json"));

    TufRepositoryWriter again = TufRepositoryWriter.open(scratch.resolve("repo"), KEYS);
    assertEquals(1, read("repo", TrustOptions.BROKER, again.rootDocument()).targetsVersion());
    again.publish(EXPIRY);

    TrustedRepository trusted = read("repo", TrustOptions.BROKER, again.rootDocument());
    assertEquals(3, trusted.targetsVersion());
    assertEquals(2, trusted.snapshotVersion());
  }

  @Test
  void repositoryWithSeveralRoots_announcesTheNewest() throws IOException {
    TufRepositoryWriter writer = create("repo");
    writer.publish(EXPIRY);
    ObjectNode root = (ObjectNode) new ObjectMapper().readTree(writer.rootDocument()).get("signed");
    Files.write(
        scratch.resolve("repo/root/2.json"),
        SealedDocument.of(root.put("version", 2), List.of(signer(1))));

    TufRepositoryWriter again = TufRepositoryWriter.open(scratch.resolve("repo"), KEYS);
    again.publish(EXPIRY);

    byte[] first = Files.readAllBytes(scratch.resolve("repo/root/1.json"));
    assertEquals(2, read("repo", TrustOptions.BROKER, first).rootVersion());
    assertArrayEquals(
        Files.readAllBytes(scratch.resolve("repo/root/2.json")), again.rootDocument());
  }

  @Test
  void leftoversOfACrash_areRemoved() throws IOException {
    create("repo").publish(EXPIRY);
    Path leftover = scratch.resolve("repo/.timestamp.json.1.drover-tmp");
    Files.write(leftover, new byte[1]);
    TufRepositoryWriter.open(scratch.resolve("repo"), KEYS);
    assertFalse(Files.exists(leftover));
  }

  @Test
  void target_ofLengthZeroAndLongestPath_isListed() {
    TufRepositoryWriter writer = create("repo");
    ObjectNode none = JsonNodeFactory.instance.objectNode();
    writer.putTarget("p".repeat(1024), 0, new byte[32], none);
    assertEquals(
        ErrorCode.INVALID_ARGUMENT,
        Codes.of(() -> writer.putTarget("p".repeat(1025), 0, new byte[32], none)));
    assertEquals(
        ErrorCode.INVALID_ARGUMENT, Codes.of(() -> writer.putTarget("p", -1, new byte[32], none)));
    assertEquals(
        ErrorCode.INVALID_ARGUMENT, Codes.of(() -> writer.putTarget("p", 0, new byte[31], none)));
    writer.publish(EXPIRY);
    TargetInfo target =
        read("repo", TrustOptions.BROKER, writer.rootDocument())
            .find("p".repeat(1024))
            .orElseThrow();
    assertEquals(0, target.lengthBytes());
  }

  @Test
  void tamperedDirectory_isNotSignedAgain() throws IOException {
    TufRepositoryWriter writer = create("repo");
    put(writer, "a");
    writer.publish(EXPIRY);
    Path targets = scratch.resolve("repo/meta/1/targets.json");
    Files.writeString(targets, Files.readString(targets).replace("\"a\"", "\"z\""));

    assertEquals(
        ErrorCode.DIGEST_MISMATCH,
        Codes.of(() -> TufRepositoryWriter.open(scratch.resolve("repo"), KEYS)));
    assertEquals(ErrorCode.DIGEST_MISMATCH, Codes.of(() -> writer.publish(EXPIRY)));
  }

  @Test
  void create_whereOneExists_isRefusedAndOpenWhereNoneIsNotFound() {
    create("repo");
    assertEquals(ErrorCode.ALREADY_EXISTS, Codes.of(() -> create("repo")));
    assertEquals(
        ErrorCode.NOT_FOUND,
        Codes.of(() -> TufRepositoryWriter.open(scratch.resolve("none"), KEYS)));
  }

  @Test
  void wrongKey_writesNothing() {
    TufRepositoryWriter writer = create("repo");
    writer.publish(EXPIRY);
    Map<String, byte[]> before = files("repo");
    TufRepositoryWriter thief =
        TufRepositoryWriter.open(scratch.resolve("repo"), RoleSigners.single(signer(2)));

    assertEquals(ErrorCode.SIGNATURE_INVALID, Codes.of(() -> thief.publish(EXPIRY)));
    assertEquals(ErrorCode.SIGNATURE_INVALID, Codes.of(() -> thief.renewTimestamp(in(1))));
    assertEquals(before.keySet(), files("repo").keySet());
    before.forEach((path, bytes) -> assertArrayEquals(bytes, files("repo").get(path)));
  }

  @Test
  void severalKeys_withAThreshold_areSignedByAll() {
    RoleSigners two = new RoleSigners(List.of(signer(1), signer(2), signer(3)), 2);
    RoleSigners online = new RoleSigners(List.of(signer(4)), 1);
    Map<String, RoleSigners> keys =
        Map.of("root", two, "targets", two, "snapshot", online, "timestamp", online);
    TufRepositoryWriter writer = TufRepositoryWriter.create(scratch.resolve("repo"), keys, in(365));
    writer.publish(EXPIRY);
    assertEquals(1, read("repo", TrustOptions.BROKER, writer.rootDocument()).targetsVersion());

    TufRepositoryWriter hub =
        TufRepositoryWriter.open(scratch.resolve("repo"), Map.of("timestamp", online));
    assertEquals(2, hub.renewTimestamp(in(2)));
    assertEquals(ErrorCode.NOT_FOUND, Codes.of(() -> hub.publish(EXPIRY)));
  }

  @Test
  void threshold_thatCannotBeReached_isRefused() {
    Signer one = signer(1);
    assertEquals(ErrorCode.INVALID_ARGUMENT, Codes.of(() -> new RoleSigners(List.of(one, one), 1)));
    assertEquals(ErrorCode.INVALID_ARGUMENT, Codes.of(() -> new RoleSigners(List.of(one), 2)));
    assertEquals(ErrorCode.INVALID_ARGUMENT, Codes.of(() -> new RoleSigners(List.of(one), 0)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/a", "a/", "a//b", "../a", "a/./b", "a\nb"})
  void targetPath_thatIsNotRelative_isRefused(String path) {
    TufRepositoryWriter writer = create("repo");
    assertEquals(ErrorCode.INVALID_ARGUMENT, Codes.of(() -> put(writer, path)));
  }

  @Test
  void custom_withAFloatingPointNumber_isRefused() {
    TufRepositoryWriter writer = create("repo");
    ObjectNode custom = JsonNodeFactory.instance.objectNode().put("x", 0.5);
    assertEquals(
        ErrorCode.MESSAGE_MALFORMED,
        Codes.of(() -> writer.putTarget("a", 1, new byte[32], custom)));
    assertEquals(
        ErrorCode.INVALID_ARGUMENT, Codes.of(() -> writer.putExtra("version", IntNode.valueOf(9))));
  }

  @Test
  void fileTrustStore_holdsReceivedBytesUnderPlainNames() throws IOException {
    TufRepositoryWriter writer = create("repo");
    writer.publish(EXPIRY);
    Path trusted = scratch.resolve("trusted");
    FileTrustStore store = new FileTrustStore(trusted);
    TufClient client =
        new TufClient(new DirectoryFetcher(scratch.resolve("repo")), store, TrustOptions.BROKER);
    client.trustInitialRoot(writer.rootDocument());
    client.refresh(NOW);

    assertEquals(
        List.of("root.json", "snapshot.json", "targets.json", "timestamp.json"),
        List.copyOf(files("trusted").keySet()));
    assertArrayEquals(
        Files.readAllBytes(scratch.resolve("repo/timestamp.json")),
        store.load("timestamp").orElseThrow());
    store.delete("timestamp");
    assertTrue(store.load("timestamp").isEmpty());
  }

  private TufRepositoryWriter create(String name) {
    return TufRepositoryWriter.create(scratch.resolve(name), KEYS, in(365));
  }

  private static void put(TufRepositoryWriter writer, String path) {
    writer.putTarget(path, 1, new byte[32], JsonNodeFactory.instance.objectNode());
  }

  private TrustedRepository read(String name, TrustOptions options, byte[] root) {
    TufClient client =
        new TufClient(new DirectoryFetcher(scratch.resolve(name)), new MemoryTrustStore(), options);
    client.trustInitialRoot(root);
    return client.refresh(NOW);
  }

  private Map<String, byte[]> files(String name) {
    Path base = scratch.resolve(name);
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(base)) {
      for (Path file : paths.filter(Files::isRegularFile).toList()) {
        files.put(base.relativize(file).toString(), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private static Signer signer(int number) {
    return Signer.ofEd25519(Hashes.sha256(new byte[] {(byte) number}));
  }

  private static Instant in(int days) {
    return NOW.plus(Duration.ofDays(days));
  }
}
