package dev.drover.agent.release;

import dev.drover.agent.core.BulkLink;
import dev.drover.content.BlockFiles;
import dev.drover.content.ChunkAssembler;
import dev.drover.content.ChunkTable;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.release.Artifact;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.io.ByteArrayOutputStream;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/**
 * Brings the content of releases over the broker: small things whole into memory, artifacts into
 * files that resume where they stopped. Thread-safe; of several calls, one works and others wait.
 */
public final class ReleaseFetcher {
  private static final int FINISH_TRIES_MAX = 3;
  private static final int PERMILLE = 1000;

  private final ContentStore store;
  private final ChunkFetcher chunks;

  /**
   * Makes a fetcher.
   *
   * @param want asks the hub for chunks
   * @param nanoTime monotonic time in nanoseconds
   */
  public ReleaseFetcher(
      ContentStore store, BulkLink.Opener opener, ChunkWants want, LongSupplier nanoTime) {
    this.store = store;
    this.chunks = new ChunkFetcher(opener, want, nanoTime);
  }

  /**
   * Fetches one chunk.
   *
   * @param alive called several times a second; throws to end the fetch
   */
  byte[] chunk(String sha256, Runnable alive) {
    return pieces(List.of(sha256), alive);
  }

  /** Waits for about this long, calling the action several times a second. */
  void pause(long ms, Runnable alive) {
    chunks.pause(ms, alive);
  }

  /** Fetches chunks and returns them one after another. */
  private byte[] pieces(List<String> sha256s, Runnable alive) {
    Map<String, byte[]> found = new ConcurrentHashMap<>();
    chunks.fetch(
        new LinkedHashSet<>(sha256s),
        ChunkFetcher.Sink.checking((name, chunk) -> found.put(name.hex(), chunk)),
        alive);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String sha : sha256s) {
      byte[] piece = found.get(sha);
      if (piece != null) {
        all.writeBytes(piece);
      }
    }
    return all.toByteArray();
  }

  /**
   * Fetches an artifact unless it is there; on return it is checked whole and durable.
   *
   * @param permille told how far it is, 0 to 1000, several times a second; throws to end the fetch
   * @throws DroverException {@code DIGEST_MISMATCH} where the content is not what was signed,
   *     {@code DISK_FULL}, {@code STORE_FAILED}
   */
  void artifact(Artifact artifact, IntConsumer permille) {
    if (store.has(artifact)) {
      if (ContentStore.digest(store.file(artifact.sha256())).equals(artifact.sha256())) {
        return;
      }
    }
    Limits.check("The chunk table", artifact.tableSha256s().size(), PERMILLE);
    ChunkTable table = ChunkTable.parse(pieces(artifact.tableSha256s(), () -> permille.accept(0)));
    if (table.totalLength() != artifact.length()) {
      throw new DroverException(
          ErrorCode.DIGEST_MISMATCH, "The chunk table is not that of the signed file.");
    }
    Sha256 digest = Sha256.fromBytes(Hashes.unhex(artifact.sha256()));
    for (int i = 1; !assembled(artifact, table, digest, permille); i++) {
      if (i >= FINISH_TRIES_MAX) {
        throw new DroverException(
            ErrorCode.DIGEST_MISMATCH, "The file was damaged on the disk again and again.");
      }
    }
  }

  /** Returns whether the file is complete and right; else damaged chunks are missing again. */
  private boolean assembled(
      Artifact artifact, ChunkTable table, Sha256 digest, IntConsumer permille) {
    ExecutorService syncer = Executors.newSingleThreadExecutor(ReleaseFetcher::syncThread);
    ChunkAssembler assembler =
        ChunkAssembler.open(BlockFiles.real(), store.part(artifact.sha256()), table, syncer);
    try {
      List<String> missing =
          assembler.missing(Integer.MAX_VALUE).stream()
              .map(sha -> Hashes.hex(sha.toBytes()))
              .toList();
      Object lock = new Object();
      chunks.fetch(
          missing,
          (name, chunk) -> {
            synchronized (lock) {
              return assembler.acceptNamed(name, chunk) != ChunkAssembler.Outcome.FOREIGN;
            }
          },
          () -> {
            synchronized (lock) {
              permille.accept(permille(assembler, table));
            }
          });
      assembler.finish(digest, store.file(artifact.sha256()));
      return true;
    } catch (DroverException failed) {
      if (failed.code() != ErrorCode.DIGEST_MISMATCH || assembler.isComplete()) {
        throw failed;
      }
      return false;
    } finally {
      assembler.close();
      syncer.shutdown();
    }
  }

  private static Thread syncThread(Runnable task) {
    Thread made = new Thread(task, "release-sync");
    made.setDaemon(true);
    return made;
  }

  private static int permille(ChunkAssembler assembler, ChunkTable table) {
    return (table.count() - assembler.missingChunks()) * PERMILLE / table.count();
  }
}
