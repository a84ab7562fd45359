package dev.drover.agent.release;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.content.ChunkTable;
import dev.drover.crypto.Hashes;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.InstallTask;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetching goes on where another fetcher, of a process that ended, stopped. */
class ReleaseFetcherTest {
  private static final int CHUNKS = 40;
  private static final int HALF_PERMILLE = 500;

  @TempDir private Path directory;
  private final AtomicLong nanos = new AtomicLong();
  private final byte[] content = new byte[(CHUNKS - 1) * Limits.CHUNK_BYTES_MAX + 7];
  private PublishedReleases published;
  private Artifact artifact;
  private Set<String> chunks;

  @BeforeEach
  void publish() throws IOException {
    new SplittableRandom(1).nextBytes(content);
    Path file = Files.write(directory.resolve("file"), content);
    published =
        new PublishedReleases(
            directory.resolve("repository"), Instant.parse("2030-01-01T00:00:00Z"));
    InstallTask task = published.publishFile("1", file);
    byte[] manifest = fetcher().chunk(Hashes.hex(task.getManifestSha256().toByteArray()), () -> {});
    artifact = ReleaseManifest.parse(manifest).artifacts().get(0);
    ChunkTable table = ChunkTable.build(file).table();
    chunks = new HashSet<>();
    for (int i = 0; i < table.count(); i++) {
      chunks.add(table.digest(i).hex());
    }
    assertEquals(CHUNKS, chunks.size());
    published.forgetAsked();
  }

  private ContentStore store() {
    return new ContentStore(directory.resolve("data"));
  }

  /** Returns a fetcher that knows nothing of what others did. */
  private ReleaseFetcher fetcher() {
    return new ReleaseFetcher(
        store(),
        published,
        (names, ahead) -> {},
        () -> nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(20)));
  }

  /** Fetches until about half is there and returns which chunks are. */
  private Set<String> half() {
    ReleaseFetcher first = fetcher();
    assertRefused(
        ErrorCode.CANCELLED,
        () ->
            first.artifact(
                artifact,
                permille -> {
                  if (permille >= HALF_PERMILLE) {
                    throw new DroverException(ErrorCode.CANCELLED, "Stop.");
                  }
                }));
    Set<String> there = askedChunks();
    assertTrue(there.size() >= CHUNKS / 2 && there.size() < CHUNKS, there::toString);
    published.forgetAsked();
    return there;
  }

  /** Returns which of the file's chunks were asked for; the broker gives each at once. */
  private Set<String> askedChunks() {
    Set<String> asked = new HashSet<>(published.asked());
    asked.retainAll(chunks);
    return asked;
  }

  private void assertGoesOnBehind(Set<String> there) throws IOException {
    fetcher().artifact(artifact, permille -> {});

    Set<String> missing = new HashSet<>(chunks);
    missing.removeAll(there);
    assertEquals(missing, askedChunks());
    assertArrayEquals(content, Files.readAllBytes(store().file(artifact.sha256())));
  }

  @Test
  void artifact_thatIsHalfThere_isAskedForOnlyWhereItIsMissing() throws IOException {
    assertEquals(content.length, store().missingBytes(artifact));
    Set<String> there = half();
    // Else what is there already would be asked of the disk once more.
    long missing = content.length - (long) there.size() * Limits.CHUNK_BYTES_MAX;
    assertEquals(missing, store().missingBytes(artifact));
    assertGoesOnBehind(there);
    assertEquals(0, store().missingBytes(artifact));
  }

  @Test
  void artifact_whoseMarksACrashLost_isAskedForOnlyWhereItIsMissing() throws IOException {
    Set<String> there = half();
    Path part = store().part(artifact.sha256());
    Files.delete(part.resolveSibling(part.getFileName() + ".map"));

    assertGoesOnBehind(there);
  }

  @Test
  void artifact_thatIsThere_isNotAskedForAtAll() throws IOException {
    fetcher().artifact(artifact, permille -> {});
    published.forgetAsked();

    fetcher().artifact(artifact, permille -> {});

    assertEquals(Set.of(), published.asked());
  }
}
