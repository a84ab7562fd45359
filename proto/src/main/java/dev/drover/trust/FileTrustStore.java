package dev.drover.trust;

import dev.drover.crypto.DurableFiles;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Keeps verified documents in a directory as {@code root.json}, {@code timestamp.json}, {@code
 * snapshot.json}, {@code targets.json} and {@code <percent-encoded role>.json}. Each file is
 * replaced atomically and durably.
 */
public final class FileTrustStore implements TrustStore {
  private final Path directory;

  /** Opens the store in a directory, which is made when the first document is stored. */
  public FileTrustStore(Path directory) {
    this.directory = directory;
    DurableFiles.deleteLeftovers(directory);
  }

  @Override
  public Optional<byte[]> load(String role) {
    return DurableFiles.readBounded(fileOf(role), MetadataLimits.bytesMax(role));
  }

  @Override
  public void store(String role, byte[] document) {
    DurableFiles.replace(fileOf(role), document, DurableFiles.PUBLIC);
  }

  @Override
  public void delete(String role) {
    DurableFiles.delete(fileOf(role));
  }

  private Path fileOf(String role) {
    return directory.resolve(RoleVersion.encode(role) + ".json");
  }
}
