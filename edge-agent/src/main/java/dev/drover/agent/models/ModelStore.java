package dev.drover.agent.models;

import dev.drover.config.Places;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Model files named by their digest, {@code <cache>/models/<sha256>.gguf}, read-only once they are
 * there. A file without the suffix {@code .part} was checked before it got its name.
 */
public final class ModelStore {
  private static final String SUFFIX = ".gguf";
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int NAME_BYTES_MAX = 1024;

  private final Path directory;

  /** Uses a directory, which is made when something is put there. */
  public ModelStore(Path directory) {
    this.directory = directory;
  }

  /**
   * Returns the store in the user's cache: {@code $DROVER_CACHE/models}, else {@code
   * $HOME/.cache/drover/models}.
   */
  public static ModelStore inCache(Map<String, String> environment) {
    return new ModelStore(Places.cache(environment).resolve("models"));
  }

  /** Returns the directory, which may not exist. */
  public Path directory() {
    return directory;
  }

  /** Returns where a model is or will be. */
  public Path path(String sha256) {
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT, "A digest has 64 lower-case hexadecimal digits.");
    }
    return directory.resolve(sha256 + SUFFIX);
  }

  /** Returns the file of a model that is there. */
  public Optional<Path> find(String sha256) {
    Path file = path(sha256);
    return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
  }

  /** Returns how many bytes of a model came before a download stopped. */
  public long partialBytes(String sha256) {
    try {
      Path partial = partial(sha256);
      return Files.isRegularFile(partial) ? Files.size(partial) : 0;
    } catch (IOException gone) {
      return 0;
    }
  }

  /**
   * A model in the store.
   *
   * @param sha256 its name
   * @param bytes of the file
   * @param file its path
   * @param note name that was given at import, or empty
   */
  public record Stored(String sha256, long bytes, Path file, String note) {}

  /** Returns all models that are there, by digest. */
  public List<Stored> list() {
    List<Stored> all = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return all;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        String sha256 = file.getFileName().toString().replace(SUFFIX, "");
        if (sha256.matches("[0-9a-f]{64}")) {
          all.add(new Stored(sha256, Files.size(file), file, note(sha256)));
        }
      }
    } catch (IOException e) {
      throw new DroverException(ErrorCode.STORE_FAILED, "The model store does not read.", e);
    }
    all.sort(Comparator.comparing(Stored::sha256));
    return all;
  }

  /** Returns the SHA-256 of a file as hexadecimal text, with progress. */
  public static String digest(Path file, Progress progress) throws IOException {
    MessageDigest digest = Hashes.newSha256();
    long total = Files.size(file);
    long done = 0;
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
        done += n;
        progress.at("checking", done, total);
      }
    }
    return Hashes.hex(digest.digest());
  }

  Path partial(String sha256) {
    Path file = path(sha256);
    return file.resolveSibling(file.getFileName() + ".part");
  }

  /** Work on a model's files. */
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  /**
   * Works on a model while no other process does. Another one that does is waited for. The
   * directory has to be there.
   */
  void whileLocked(String sha256, Work work) throws IOException {
    // The file of the lock stays: who waits for it has it open, and would share it with nobody who
    // comes later and makes another.
    try (FileChannel channel =
            FileChannel.open(
                directory.resolve(sha256 + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (lock.isValid()) {
        work.run();
      }
    }
  }

  /** Returns where bytes of one source alone are put; each source has a file of its own. */
  Path partialOf(ModelSource source, String sha256) {
    byte[] identity = source.toString().getBytes(StandardCharsets.UTF_8);
    Path shared = partial(sha256);
    return shared.resolveSibling(
        shared.getFileName() + "." + Hashes.hex(Hashes.sha256(identity)).substring(0, 16));
  }

  /** Gives a checked, synced file its name, durably; what was fetched of it beside is deleted. */
  Path admit(Path checked, String sha256) throws IOException {
    Files.setPosixFilePermissions(checked, PosixFilePermissions.fromString("r--r--r--"));
    Path file = path(sha256);
    Files.move(checked, file, StandardCopyOption.ATOMIC_MOVE);
    try (DirectoryStream<Path> parts =
        Files.newDirectoryStream(directory, file.getFileName() + ".part*")) {
      for (Path part : parts) {
        if (Files.isRegularFile(part)) {
          Files.delete(part);
        }
      }
    }
    DurableFiles.syncDirectory(directory);
    return file;
  }

  void writeNote(String sha256, String text) {
    DurableFiles.replace(
        noteFile(sha256), text.getBytes(StandardCharsets.UTF_8), DurableFiles.PUBLIC);
  }

  private String note(String sha256) {
    return DurableFiles.readBounded(noteFile(sha256), NAME_BYTES_MAX)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
        .orElse("");
  }

  private Path noteFile(String sha256) {
    return directory.resolve(sha256 + ".name");
  }
}
