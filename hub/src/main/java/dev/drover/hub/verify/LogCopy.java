package dev.drover.hub.verify;

import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;

/**
 * A copy of a log in a folder, made while the log is read. What it holds already is evidence: a
 * part never changes once it was served, so another one of the same name is refused and not
 * written. Only the checkpoint is replaced, after the log was verified. For one thread.
 */
public final class LogCopy {
  private static final int CHECKPOINT_BYTES_MAX = 1 << 16;

  private final Path directory;

  /** Makes a copy in a folder, or goes on with the one that is there. */
  public LogCopy(Path directory) {
    this.directory = directory;
  }

  /** Returns the checkpoint of the copy as it was made before. */
  public Optional<byte[]> checkpoint() {
    return DurableFiles.readBounded(directory.resolve(Tiles.CHECKPOINT), CHECKPOINT_BYTES_MAX);
  }

  /**
   * Returns the parts of a source, and copies each that is read but the checkpoint.
   *
   * @return parts whose reading fails with {@link ErrorCode#SPLIT_VIEW} where the copy has another
   *     one, or {@link ErrorCode#STORE_FAILED}
   */
  public Tiles.Parts reading(Tiles.Parts parts) {
    return path -> {
      Optional<byte[]> bytes = parts.read(path);
      if (!path.equals(Tiles.CHECKPOINT)) {
        bytes.ifPresent(found -> add(path, found));
      }
      return bytes;
    };
  }

  /** Replaces the checkpoint, once the log was verified with it. */
  public void keep(byte[] checkpoint) {
    write(directory.resolve(Tiles.CHECKPOINT), checkpoint);
  }

  private void add(String path, byte[] bytes) {
    Path file = directory.resolve(path);
    Optional<byte[]> kept = DurableFiles.readBounded(file, Tiles.PART_BYTES_MAX);
    if (kept.isEmpty()) {
      write(file, bytes);
    } else if (!Arrays.equals(kept.get(), bytes)) {
      throw new DroverException(
              ErrorCode.SPLIT_VIEW, "The log has another " + path + " than the copy of it.")
          .withNextStep("Keep the copy, and check with --dir whether it is sound itself.");
    }
  }

  /**
   * Whole or not at all, so that a run cut short leaves nothing that looks like another history.
   */
  private static void write(Path file, byte[] bytes) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      Path whole = Files.createTempFile(folder, "part", ".new");
      Files.write(whole, bytes);
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failed) {
      throw new DroverException(ErrorCode.STORE_FAILED, "Cannot write " + file + ".", failed);
    }
  }
}
