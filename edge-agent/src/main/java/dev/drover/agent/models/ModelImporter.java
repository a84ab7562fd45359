package dev.drover.agent.models;

import dev.drover.content.GgufHeader;
import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Takes any GGUF file into the store. */
public final class ModelImporter {
  private static final long SLACK_BYTES = 64L << 20;
  private static final int NAME_CHARS_MAX = 120;

  private final ModelStore store;
  private final ModelPuller.Space space;

  /** Takes into a store. */
  public ModelImporter(ModelStore store) {
    this(store, directory -> Files.getFileStore(directory).getUsableSpace());
  }

  ModelImporter(ModelStore store, ModelPuller.Space space) {
    this.store = store;
    this.space = space;
  }

  /**
   * Reads a file's header without changing anything.
   *
   * @throws DroverException {@code MODEL_UNREADABLE} or {@code MODEL_CORRUPT}
   */
  public static GgufHeader inspect(Path file) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new DroverException(
          ErrorCode.MODEL_UNREADABLE, "There is no readable file " + file + ".");
    }
    return GgufHeader.read(file);
  }

  /**
   * Copies a file into the store under its digest; one that is there already stays as it is.
   *
   * @return its digest
   * @throws DroverException {@code MODEL_UNREADABLE}, {@code MODEL_CORRUPT}, {@code DISK_FULL} or
   *     {@code STORE_FAILED}
   */
  public String take(Path file, Progress progress) {
    inspect(file);
    try {
      String sha256 = ModelStore.digest(file, progress);
      if (store.find(sha256).isEmpty()) {
        Files.createDirectories(store.directory());
        store.whileLocked(sha256, () -> copyWhereMissing(file, sha256, progress));
      }
      String name = String.valueOf(file.getFileName());
      store.writeNote(sha256, name.substring(0, Math.min(name.length(), NAME_CHARS_MAX)));
      return sha256;
    } catch (IOException e) {
      throw DurableFiles.failure("cannot copy the model into", store.directory(), e);
    }
  }

  private void requireSpace(long bytes) throws IOException {
    long usable = space.usableBytes(store.directory());
    if (usable < bytes + SLACK_BYTES) {
      throw new DroverException(
          ErrorCode.DISK_FULL,
          "The model needs "
              + ((bytes + SLACK_BYTES) >> 20)
              + " MiB of disk, and "
              + (usable >> 20)
              + " MiB are free.");
    }
  }

  private void copyWhereMissing(Path file, String sha256, Progress progress) throws IOException {
    if (store.find(sha256).isPresent()) {
      return;
    }
    requireSpace(Files.size(file));
    ModelSource.Local source = new ModelSource.Local(file);
    Path path = store.partialOf(source, sha256); // not that of a pull that was stopped
    try (PartialFile into = new PartialFile(path, Files.size(file), "copying", progress)) {
      into.truncate(0);
      new LocalFetcher().fetch(source, into);
      into.force();
    }
    // Digested again, because the file may have changed while it was copied.
    if (!ModelStore.digest(path, progress).equals(sha256)) {
      Files.delete(path);
      throw new DroverException(
          ErrorCode.MODEL_CORRUPT, "The file changed while it was copied; try again.");
    }
    store.admit(path, sha256);
  }
}
