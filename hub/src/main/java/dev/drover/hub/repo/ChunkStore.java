package dev.drover.hub.repo;

import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A directory of immutable chunks named by their SHA-256, in 256 folders. Thread-safe.
 *
 * <p>A chunk that is there was whole when it came: it is written to a temporary file, synced and
 * renamed. The name itself is durable after {@link #sync}. What rots on the disk later is found
 * when it is read; then it is deleted, so that it is missing and can be uploaded again.
 */
public final class ChunkStore {
  private static final String TEMPORARY_SUFFIX = ".tmp";

  /** Where the bytes of a chunk reach the disk; replaced in tests. */
  @FunctionalInterface
  interface Sync {
    void force(FileChannel channel) throws IOException;
  }

  private final Path directory;
  private final Sync sync;
  private final AtomicLong temporary = new AtomicLong();

  /**
   * Opens the store, made if absent, and removes what a crash left half written.
   *
   * @throws DroverException with {@link ErrorCode#STORE_FAILED} or {@link ErrorCode#DISK_FULL}
   */
  public ChunkStore(Path directory) {
    this(directory, channel -> channel.force(false));
  }

  ChunkStore(Path directory, Sync sync) {
    this.directory = directory;
    this.sync = sync;
    try {
      Files.createDirectories(directory);
      for (int i = 0; i < 256; i++) {
        Files.createDirectories(directory.resolve(String.format(Locale.ROOT, "%02x", i)));
      }
      try (var leftovers = Files.newDirectoryStream(directory, "*" + TEMPORARY_SUFFIX)) {
        for (Path leftover : leftovers) {
          Files.delete(leftover);
        }
      }
    } catch (IOException failed) {
      throw DurableFiles.failure("cannot use", directory, failed);
    }
  }

  /** Returns whether the chunk is there; its content is not looked at. */
  public boolean has(Sha256 sha256) {
    return Files.exists(path(sha256));
  }

  /** Returns whether the chunk is there and undamaged; a damaged one is deleted. */
  public boolean hasWhole(Sha256 sha256) {
    try {
      return get(sha256).isPresent();
    } catch (DroverException damaged) {
      if (damaged.code() == ErrorCode.DIGEST_MISMATCH) {
        return false;
      }
      throw damaged;
    }
  }

  /**
   * Returns the chunk, or empty if it is not there.
   *
   * @throws DroverException with {@link ErrorCode#DIGEST_MISMATCH} for a damaged one, which is
   *     deleted
   */
  public Optional<byte[]> get(Sha256 sha256) {
    Optional<byte[]> chunk = read(sha256);
    if (chunk.isEmpty() || Sha256.of(chunk.get()).equals(sha256)) {
      return chunk;
    }
    synchronized (this) {
      // It may have been uploaded again meanwhile.
      Optional<byte[]> again = read(sha256);
      if (again.isEmpty() || Sha256.of(again.get()).equals(sha256)) {
        return again;
      }
      DurableFiles.delete(path(sha256));
    }
    throw new DroverException(
        ErrorCode.DIGEST_MISMATCH, "The stored chunk " + sha256.hex() + " was damaged.");
  }

  /** A file that grew beyond a chunk is as damaged as any other. */
  private Optional<byte[]> read(Sha256 sha256) {
    Path path = path(sha256);
    try {
      if (Files.exists(path) && Files.size(path) > Limits.CHUNK_BYTES_MAX) {
        return Optional.of(new byte[0]);
      }
    } catch (IOException failed) {
      throw DurableFiles.failure("cannot read", path, failed);
    }
    return DurableFiles.readBounded(path, Limits.CHUNK_BYTES_MAX);
  }

  /**
   * Keeps a chunk.
   *
   * @return its name
   * @throws DroverException with {@link ErrorCode#LIMIT_EXCEEDED}, {@link ErrorCode#DISK_FULL} or
   *     {@link ErrorCode#STORE_FAILED}
   */
  public Sha256 put(byte[] chunk) {
    Limits.check("The chunk's size", chunk.length, Limits.CHUNK_BYTES_MAX);
    Sha256 sha256 = Sha256.of(chunk);
    if (hasWhole(sha256)) {
      return sha256;
    }
    Path part = directory.resolve(temporary.incrementAndGet() + TEMPORARY_SUFFIX);
    try {
      try {
        write(part, chunk);
        synchronized (this) {
          Files.move(part, path(sha256), StandardCopyOption.ATOMIC_MOVE);
        }
      } catch (IOException | RuntimeException failed) {
        Files.deleteIfExists(part);
        throw failed;
      }
      return sha256;
    } catch (IOException failed) {
      throw DurableFiles.failure("cannot store a chunk in", directory, failed);
    }
  }

  private void write(Path part, byte[] chunk) throws IOException {
    try (FileChannel file =
        FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(chunk);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      sync.force(file);
    }
  }

  /** Makes the names of all chunks durable; call it before anything refers to them. */
  public void sync() {
    for (int i = 0; i < 256; i++) {
      DurableFiles.syncDirectory(directory.resolve(String.format(Locale.ROOT, "%02x", i)));
    }
  }

  private Path path(Sha256 sha256) {
    String hex = sha256.hex();
    return directory.resolve(hex.substring(0, 2)).resolve(hex);
  }
}
