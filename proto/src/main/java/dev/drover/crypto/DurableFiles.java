package dev.drover.crypto;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Small files that matter: replaced whole and durably, never edited, and read within a bound.
 *
 * <p>A replaced file is, after a crash or power loss at any moment, either the old one or the new
 * one, whole. The steps are: temporary file in the same directory, write, fsync, permissions,
 * rename, fsync of the directory; each failure is reported and none of the later steps is then
 * done. Failures are a {@link DroverException} with {@link ErrorCode#DISK_FULL} where space or
 * quota is missing and {@link ErrorCode#STORE_FAILED} otherwise.
 *
 * <p>Thread-safe; of two threads that replace one file at once, one wins whole.
 */
public final class DurableFiles {
  /** Mode 0600: for keys and everything private. */
  public static final Set<PosixFilePermission> OWNER_ONLY =
      Set.copyOf(PosixFilePermissions.fromString("rw-------"));

  /** Mode 0644: for what anybody on the machine may read. */
  public static final Set<PosixFilePermission> PUBLIC =
      Set.copyOf(PosixFilePermissions.fromString("rw-r--r--"));

  private static final String TEMPORARY_SUFFIX = ".drover-tmp";

  /** A write that fails where less than this is left fails for that. */
  private static final long SCARCE_BYTES = 1 << 20;

  /** Where the bytes of a file or the entries of a directory reach the disk; replaced in tests. */
  @FunctionalInterface
  interface Sync {
    void force(FileChannel channel) throws IOException;
  }

  private DurableFiles() {}

  /**
   * Replaces a file by these bytes, durable on return. Missing parent directories are made.
   *
   * @param permissions of the new file, exactly, whatever the umask; ignored on file systems that
   *     know none
   */
  public static void replace(Path file, byte[] content, Set<PosixFilePermission> permissions) {
    replace(file, content, permissions, channel -> channel.force(true));
  }

  static void replace(Path file, byte[] content, Set<PosixFilePermission> permissions, Sync sync) {
    Path directory = directoryOf(file);
    try {
      Files.createDirectories(directory);
      Path temporary =
          Files.createTempFile(directory, "." + file.getFileName() + ".", TEMPORARY_SUFFIX);
      try {
        write(temporary, content, sync);
        setPermissions(temporary, permissions);
        Files.move(
            temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException | RuntimeException e) {
        Files.deleteIfExists(temporary);
        throw e;
      }
      syncDirectory(directory, sync);
    } catch (IOException e) {
      throw failure("cannot replace", file, e);
    }
  }

  /**
   * Returns a whole file.
   *
   * @param bytesMax most bytes that are read
   * @return empty if there is no such file
   * @throws DroverException {@link ErrorCode#LIMIT_EXCEEDED} if the file is larger, {@link
   *     ErrorCode#STORE_FAILED} if it cannot be read
   */
  public static Optional<byte[]> readBounded(Path file, int bytesMax) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(bytesMax);
      if (content.length == bytesMax && in.read() >= 0) {
        throw new DroverException(
            ErrorCode.LIMIT_EXCEEDED, "file " + file + " is larger than " + bytesMax + " bytes");
      }
      return Optional.of(content);
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    } catch (IOException e) {
      throw failure("cannot read", file, e);
    }
  }

  /** Deletes a file if it exists; its absence is durable on return. */
  public static void delete(Path file) {
    try {
      if (Files.deleteIfExists(file)) {
        syncDirectory(directoryOf(file), channel -> channel.force(true));
      }
    } catch (IOException e) {
      throw failure("cannot delete", file, e);
    }
  }

  /**
   * Makes the entries of a directory durable: call it after files were created, renamed or deleted
   * in it by other means than this class.
   */
  public static void syncDirectory(Path directory) {
    try {
      syncDirectory(directory, channel -> channel.force(true));
    } catch (IOException e) {
      throw failure("cannot sync", directory, e);
    }
  }

  /**
   * Deletes what a crash in the middle of {@link #replace} left in a directory. Call it when the
   * owner of the directory starts, before anything is replaced in it.
   */
  public static void deleteLeftovers(Path directory) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (DirectoryStream<Path> leftovers =
        Files.newDirectoryStream(directory, ".*" + TEMPORARY_SUFFIX)) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    } catch (IOException e) {
      throw failure("cannot clean", directory, e);
    }
  }

  private static void write(Path file, byte[] content, Sync sync) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      sync.force(channel);
    }
  }

  private static void setPermissions(Path file, Set<PosixFilePermission> permissions)
      throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, permissions);
    }
  }

  private static void syncDirectory(Path directory, Sync sync) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      sync.force(channel);
    }
  }

  private static Path directoryOf(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "not the path of a file: " + file);
    }
    return parent;
  }

  /**
   * Returns the failure for what the operating system said about a file: {@link
   * ErrorCode#DISK_FULL} where space or quota is missing, otherwise {@link ErrorCode#STORE_FAILED}.
   *
   * @param what was tried, such as "cannot replace"
   */
  public static DroverException failure(String what, Path file, IOException cause) {
    return failure(what, file, cause, () -> usableBytes(file));
  }

  /**
   * As {@link #failure(String, Path, IOException)}, where somebody else knows how much is left.
   *
   * @param usableBytes what is left for this user where the file is
   */
  public static DroverException failure(
      String what, Path file, IOException cause, LongSupplier usableBytes) {
    ErrorCode code = isFull(cause, usableBytes) ? ErrorCode.DISK_FULL : ErrorCode.STORE_FAILED;
    return new DroverException(code, what + " " + file, cause);
  }

  /** Returns whether a write to a file failed because space or quota is missing. */
  public static boolean isFull(Path file, IOException cause) {
    return isFull(cause, () -> usableBytes(file));
  }

  /** The system's message may be translated; that there is next to nothing left is not. */
  private static boolean isFull(IOException cause, LongSupplier usableBytes) {
    String reason = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    return reason.contains("no space left")
        || reason.contains("quota exceeded")
        || usableBytes.getAsLong() < SCARCE_BYTES;
  }

  private static long usableBytes(Path file) {
    for (Path near = file.toAbsolutePath(); near != null; near = near.getParent()) {
      try {
        return Files.getFileStore(near).getUsableSpace();
      } catch (IOException notThere) {
        // Its directory may be.
      }
    }
    return Long.MAX_VALUE;
  }
}
