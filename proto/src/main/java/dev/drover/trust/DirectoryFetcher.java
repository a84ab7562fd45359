package dev.drover.trust;

import dev.drover.crypto.DurableFiles;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads documents from a directory as {@link TufRepositoryWriter} writes it: on the publisher's
 * machine, in the hub's repository, on a medium that was carried to a device.
 */
public final class DirectoryFetcher implements Fetcher {
  private final Path directory;

  /** Reads below this directory. */
  public DirectoryFetcher(Path directory) {
    this.directory = directory;
  }

  @Override
  public Optional<byte[]> fetch(RoleVersion name, int bytesMax) {
    return DurableFiles.readBounded(directory.resolve(name.path()), bytesMax);
  }
}
