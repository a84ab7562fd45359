package dev.drover.engine;

import dev.drover.crypto.DurableFiles;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A directory that one engine of one process owns: its lock, the version of what lies in it, and a
 * private place for the native library of its store.
 *
 * <p>The version stands in a file of its own beside the store, because opening a native store
 * already writes to it. The file is raised before rows are upgraded, so it is never lower than what
 * the store holds.
 */
public final class StoreDirectory implements AutoCloseable {
  private static final String LOCK = "drover.lock";
  private static final String VERSION = "drover.version";
  private static final int VERSION_BYTES_MAX = 64;
  private static final Pattern VERSION_TEXT =
      Pattern.compile("drover-store ([1-9][0-9]{0,8})\\.([1-9][0-9]{0,8})\n");

  private final Path directory;
  private final FileChannel lockFile;
  private final FileLock lock;

  private StoreDirectory(Path directory, FileChannel lockFile, FileLock lock) {
    this.directory = directory;
    this.lockFile = lockFile;
    this.lock = lock;
  }

  /**
   * Takes a directory, which is made (mode 0700) if it is not there.
   *
   * @throws DroverException {@link ErrorCode#DATA_DIRECTORY_IN_USE} if a process, this one
   *     included, has it; {@link ErrorCode#STORE_TOO_NEW} if a newer program wrote it, and then
   *     nothing in it was changed; {@link ErrorCode#STORE_FAILED} if it cannot be used or upgraded
   */
  public static StoreDirectory open(Path directory, StoreSchema schema) {
    StoreDirectory opened;
    try {
      makeDirectory(directory);
      opened = lock(directory);
    } catch (IOException e) {
      throw failed("cannot use the data directory " + directory, e);
    }
    try {
      opened.checkVersion(schema);
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /**
   * Returns whether a process has this directory open; changes nothing.
   *
   * @throws DroverException {@link ErrorCode#STORE_FAILED} where its lock cannot be tried
   */
  public static boolean isHeld(Path directory) {
    Path file = directory.resolve(LOCK);
    if (Files.notExists(file)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock == null;
    } catch (OverlappingFileLockException heldByThisProcess) {
      return true;
    } catch (IOException e) {
      throw failed("cannot try the lock of " + directory, e);
    }
  }

  /**
   * Checks that this program can use what lies in a directory; changes nothing.
   *
   * @return the version that was found; empty where no store was made yet
   * @throws DroverException {@link ErrorCode#STORE_TOO_NEW} or {@link ErrorCode#STORE_FAILED}
   */
  public static Optional<String> requireReadable(Path directory, StoreSchema schema) {
    Optional<String> found = version(directory.resolve(VERSION));
    found.ifPresent(text -> checkReadable(directory, text, schema));
    return found.map(String::strip);
  }

  /** Returns the path of something in this directory. */
  public Path resolve(String name) {
    return directory.resolve(name);
  }

  /**
   * Returns an empty directory for a native library; what a killed process left there is gone.
   *
   * @param bytes of the library, about
   * @throws DroverException {@link ErrorCode#DISK_FULL} where they do not fit
   */
  public Path nativeLibraries(long bytes) {
    Path place = directory.resolve("native");
    try {
      makeDirectory(place);
      try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(place)) {
        for (Path leftover : leftovers) {
          Files.delete(leftover);
        }
      }
      long usable = Files.getFileStore(place).getUsableSpace();
      if (usable < bytes) {
        throw new DroverException(
            ErrorCode.DISK_FULL,
            "The store's library needs "
                + bytes
                + " bytes in "
                + place
                + ", free are "
                + usable
                + ".");
      }
      return place;
    } catch (IOException e) {
      throw failed("cannot empty " + place, e);
    }
  }

  /**
   * Returns in words that the store in here cannot be opened.
   *
   * @param cause whose message, of the store's library, names files and formats and no content
   */
  public String openFailed(Exception cause) {
    String said = String.valueOf(cause.getMessage()).lines().findFirst().orElse("").strip();
    return "Cannot open the store in " + directory + ": " + said + ".";
  }

  /** Gives the directory back. */
  @Override
  public void close() {
    try {
      lock.release();
      lockFile.close();
    } catch (IOException e) {
      throw failed("cannot release the lock of " + directory, e);
    }
  }

  private static void makeDirectory(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return;
    }
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (posix) {
      Files.createDirectories(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectories(path);
    }
  }

  private static StoreDirectory lock(Path directory) throws IOException {
    FileChannel file =
        FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock = null;
    try {
      lock = file.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      lock = null;
    } catch (IOException e) {
      file.close();
      throw e;
    }
    if (lock == null) {
      file.close();
      throw new DroverException(
          ErrorCode.DATA_DIRECTORY_IN_USE, "Another process uses " + directory + ".");
    }
    return new StoreDirectory(directory, file, lock);
  }

  private void checkVersion(StoreSchema schema) {
    Path file = directory.resolve(VERSION);
    String wanted = "drover-store " + StoreSchema.LAYOUT + '.' + schema.version() + '\n';
    Optional<String> found = version(file);
    if (found.isPresent() && wanted.equals(found.get())) {
      return;
    }
    found.ifPresent(text -> checkReadable(directory, text, schema));
    DurableFiles.replace(file, wanted.getBytes(StandardCharsets.UTF_8), DurableFiles.OWNER_ONLY);
  }

  private static Optional<String> version(Path file) {
    return DurableFiles.readBounded(file, VERSION_BYTES_MAX)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private static void checkReadable(Path directory, String text, StoreSchema schema) {
    Matcher numbers = VERSION_TEXT.matcher(text);
    if (!numbers.matches()) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "Not a version: " + directory.resolve(VERSION) + ".");
    }
    schema.checkReadable(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)));
  }

  private static DroverException failed(String what, IOException cause) {
    return new DroverException(ErrorCode.STORE_FAILED, what, cause);
  }
}
