package dev.drover.content;

import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Puts a file together from chunks that come in any order, more than once, or wrong.
 *
 * <p>A chunk is checked before it touches its place. What {@link #sync} has returned for survives a
 * crash or power loss at any moment: the data is synced before the journal beside it (the file's
 * name and {@code .map}) says so. What a crash left behind without a mark is checked again when the
 * file is opened, and written again, because after a failed sync it might exist in memory only.
 *
 * <p>Not thread-safe; one owner. Failures of the disk are {@code DISK_FULL} or {@code
 * STORE_FAILED}; after a failed sync every call fails until the file is opened anew.
 */
public final class ChunkAssembler implements AutoCloseable {
  /** Chunks written before they are synced by themselves; 16 MiB. */
  private static final int CHUNKS_PER_SYNC = 64;

  /** What became of a chunk. */
  public enum Outcome {
    /** It is written at all its places. */
    STORED,
    /** It was there already. */
    DUPLICATE,
    /** It is not a chunk of this file; nothing was written. */
    FOREIGN
  }

  private final BlockFiles files;
  private final Path part;
  private final Path map;
  private final ChunkTable table;
  private final BlockFiles.BlockFile data;
  private final ChunkJournal journal;

  /** Chunks whose content is in the file, synced or not. */
  private final BitSet written;

  private final Executor syncer;

  /** The sync that the syncer was given last. */
  private CompletableFuture<@Nullable Void> syncing = CompletableFuture.completedFuture(null);

  private int unsynced;
  private volatile boolean usable = true;

  private ChunkAssembler(
      BlockFiles files,
      Path part,
      ChunkTable table,
      BlockFiles.BlockFile data,
      ChunkJournal journal,
      Executor syncer)
      throws IOException {
    this.files = files;
    this.part = part;
    this.map = mapOf(part);
    this.table = table;
    this.data = data;
    this.journal = journal;
    this.syncer = syncer;
    this.written = journal.load();
  }

  /**
   * Opens or resumes a file.
   *
   * @param part where the file grows; made if it does not exist, its directory must
   * @param table what the file consists of
   */
  public static ChunkAssembler open(BlockFiles files, Path part, ChunkTable table) {
    return open(files, part, table, Runnable::run);
  }

  /**
   * Opens or resumes a file.
   *
   * @param part where the file grows; made if it does not exist, its directory must
   * @param table what the file consists of
   * @param syncer runs the syncs that come by themselves while more chunks are taken; one at a time
   *     is given to it, and it must not refuse
   */
  public static ChunkAssembler open(
      BlockFiles files, Path part, ChunkTable table, Executor syncer) {
    try {
      BlockFiles.BlockFile data = files.open(part);
      try {
        ChunkJournal journal = new ChunkJournal(files.open(mapOf(part)), table);
        try {
          files.syncDirectoryOf(part);
          ChunkAssembler assembler = new ChunkAssembler(files, part, table, data, journal, syncer);
          assembler.resume();
          return assembler;
        } catch (IOException | RuntimeException e) {
          journal.close();
          throw e;
        }
      } catch (IOException | RuntimeException e) {
        data.close();
        throw e;
      }
    } catch (IOException e) {
      throw diskFailure(files, part, "cannot open", e);
    }
  }

  /** Forgets marks that the file cannot justify and finds chunks that have none yet. */
  private void resume() throws IOException {
    if (data.size() > table.totalLength()) {
      data.truncate(table.totalLength());
    }
    long size = data.size();
    for (int i = 0; i < table.count(); i++) {
      if (table.offset(i) + table.length(i) > size) {
        written.clear(i);
      } else if (!written.get(i)) {
        byte[] found = FileBytes.read(data, table.offset(i), table.length(i));
        if (Sha256.of(found).equals(table.digest(i))) {
          store(i, found);
        }
      }
    }
    data.sync();
    journal.save(written);
    unsynced = 0;
  }

  /**
   * Takes a chunk. It is durable after the next {@link #sync}, which also comes by itself after
   * every 64 chunks.
   *
   * @param chunk any bytes
   */
  public Outcome accept(byte[] chunk) {
    return accept(Sha256.of(chunk), chunk);
  }

  /**
   * Takes a chunk of a name, like {@link #accept(byte[])}; a chunk that is not what its name says
   * is {@link Outcome#FOREIGN}.
   *
   * @param name as it came with the chunk
   * @param chunk any bytes
   */
  public Outcome acceptNamed(Sha256 name, byte[] chunk) {
    Sha256 digest = Sha256.of(chunk);
    return digest.equals(name) ? accept(digest, chunk) : Outcome.FOREIGN;
  }

  private Outcome accept(Sha256 digest, byte[] chunk) {
    requireUsable();
    if (chunk.length < 1 || chunk.length > ChunkGrid.CHUNK_BYTES) {
      return Outcome.FOREIGN;
    }
    int[] places = table.find(digest);
    if (places.length == 0 || table.length(places[0]) != chunk.length) {
      return Outcome.FOREIGN;
    }
    Outcome outcome = Outcome.DUPLICATE;
    for (int place : places) {
      if (!written.get(place)) {
        try {
          store(place, chunk);
        } catch (IOException e) {
          throw diskFailure(files, part, "cannot write", e);
        }
        outcome = Outcome.STORED;
      }
    }
    if (unsynced >= CHUNKS_PER_SYNC) {
      beginSync();
    }
    return outcome;
  }

  private void store(int place, byte[] chunk) throws IOException {
    FileBytes.write(data, chunk, table.offset(place));
    written.set(place);
    unsynced++;
  }

  /** Makes everything accepted so far durable, first the data, then the marks. */
  public void sync() {
    awaitSync();
    requireUsable();
    if (unsynced > 0) {
      unsynced = 0;
      sync((BitSet) written.clone());
    }
  }

  /** Has what is there by now synced while more comes; waits for the sync before. */
  private void beginSync() {
    awaitSync();
    requireUsable();
    unsynced = 0;
    BitSet there = (BitSet) written.clone();
    syncing = CompletableFuture.runAsync(() -> sync(there), syncer);
    if (syncing.isDone()) {
      awaitSync();
    }
  }

  /** Waits for the sync that is under way, and fails if it failed. */
  private void awaitSync() {
    try {
      syncing.join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw failed;
    }
  }

  private void sync(BitSet there) {
    boolean done = false;
    try {
      data.sync();
      journal.save(there);
      done = true;
    } catch (IOException e) {
      throw diskFailure(files, part, "cannot sync", e);
    } finally {
      // A sync that failed may have lost data that still reads well.
      usable = usable && done;
    }
  }

  /**
   * Returns the digests of chunks that are missing, each once, in the order of the file.
   *
   * @param max most that are returned
   */
  public List<Sha256> missing(int max) {
    Set<Sha256> digests = new LinkedHashSet<>();
    for (int i = nextMissing(0);
        i < table.count() && digests.size() < max;
        i = nextMissing(i + 1)) {
      digests.add(table.digest(i));
    }
    return List.copyOf(digests);
  }

  /** Returns the number of missing chunks. */
  public int missingChunks() {
    return table.count() - written.cardinality();
  }

  /** Returns the bytes of the missing chunks. */
  public long missingBytes() {
    long bytes = 0;
    for (int i = nextMissing(0); i < table.count(); i = nextMissing(i + 1)) {
      bytes += table.length(i);
    }
    return bytes;
  }

  private int nextMissing(int from) {
    return written.nextClearBit(from);
  }

  /** Returns whether no chunk is missing. */
  public boolean isComplete() {
    return missingChunks() == 0;
  }

  /**
   * Reads the complete file back, checks it whole, and moves it to its final name. On return it is
   * there durably, the journal is gone and this assembler is closed.
   *
   * @param fileDigest SHA-256 that the whole file must have
   * @param target final name on the same file system; replaced if it exists
   * @throws DroverException {@code DIGEST_MISMATCH} if the file is another one or was damaged on
   *     the disk; damaged chunks are then missing again. {@code INVALID_ARGUMENT} if it is not
   *     complete
   */
  public void finish(Sha256 fileDigest, Path target) {
    if (!isComplete()) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, missingChunks() + " chunks are missing.");
    }
    sync();
    try {
      verify(fileDigest);
      closeFiles();
      files.move(part, target);
      files.delete(map);
    } catch (IOException e) {
      throw diskFailure(files, part, "cannot finish", e);
    }
  }

  private void verify(Sha256 fileDigest) throws IOException {
    MessageDigest whole = Hashes.newSha256();
    ByteBuffer buffer = ByteBuffer.allocate(ChunkGrid.CHUNK_BYTES);
    for (int i = 0; i < table.count(); i++) {
      buffer.clear().limit(table.length(i));
      FileBytes.read(data, table.offset(i), buffer);
      whole.update(buffer.flip());
    }
    if (Sha256.finish(whole).equals(fileDigest)) {
      return;
    }
    for (int i = 0; i < table.count(); i++) {
      byte[] found = FileBytes.read(data, table.offset(i), table.length(i));
      written.set(i, Sha256.of(found).equals(table.digest(i)));
    }
    journal.save(written);
    throw new DroverException(
        ErrorCode.DIGEST_MISMATCH,
        isComplete()
            ? "The chunks give another file than the one that was signed."
            : missingChunks() + " chunks were damaged on the disk.");
  }

  /** Closes and deletes the file and its journal. */
  public void discard() {
    try {
      closeFiles();
      files.delete(part);
      files.delete(map);
    } catch (IOException e) {
      throw diskFailure(files, part, "cannot delete", e);
    }
  }

  /** Syncs what was accepted, unless a sync failed before, and closes the files. */
  @Override
  public void close() {
    try {
      if (usable) {
        sync();
      }
    } finally {
      closeFiles();
    }
  }

  private void closeFiles() {
    usable = false;
    syncing.exceptionally(failure -> null).join();
    try (data) {
      journal.close();
    } catch (IOException e) {
      throw diskFailure(files, part, "cannot close", e);
    }
  }

  private void requireUsable() {
    if (!usable) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The file was closed or failed to sync; open it anew.");
    }
  }

  /**
   * Returns how many bytes a file that grows has on the disk already, at most; 0 before it does.
   */
  public static long storedBytes(Path part) {
    return DurableFiles.readBounded(mapOf(part), ChunkGrid.CHUNK_BYTES)
        .map(journal -> (long) ChunkGrid.CHUNK_BYTES * ChunkJournal.stored(journal))
        .orElse(0L);
  }

  private static Path mapOf(Path part) {
    return part.resolveSibling(part.getFileName() + ".map");
  }

  private static DroverException diskFailure(
      BlockFiles files, Path part, String what, IOException cause) {
    return DurableFiles.failure(what, part, cause, () -> usableBytes(files, part));
  }

  private static long usableBytes(BlockFiles files, Path part) {
    try {
      return files.usableBytes(part);
    } catch (IOException unknown) {
      return Long.MAX_VALUE;
    }
  }
}
