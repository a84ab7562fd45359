package dev.drover.trust;

import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of a repository as {@link TufRepositoryWriter} lays them out. */
final class RepositoryDirectory {
  private static final Pattern ROOT_FILE = Pattern.compile("([1-9]\\d{0,15})\\.json");
  private static final Pattern VERSION = Pattern.compile("([1-9]\\d{0,15})");

  private final Path path;
  private final DirectoryFetcher fetcher;

  RepositoryDirectory(Path path) {
    this.path = path;
    this.fetcher = new DirectoryFetcher(path);
    DurableFiles.deleteLeftovers(path);
  }

  /** Returns the newest root version, 0 if there is none. */
  long newestRoot() {
    return newest(path.resolve("root"), ROOT_FILE, "");
  }

  /**
   * Returns the highest version of a role that was ever written, 0 if none, whether or not its
   * publication was finished.
   */
  long newestVersion(String role) {
    if (role.equals(RoleVersion.TIMESTAMP)) {
      return fetch(RoleVersion.latest(role))
          .map(bytes -> TimestampDocument.parse(bytes).document().version())
          .orElse(0L);
    }
    return newest(path.resolve("meta"), VERSION, RoleVersion.encode(role) + ".json");
  }

  /** Returns a machine that trusts the newest root, after walking the chain from the first. */
  TrustedSet verifiedRoot() {
    TrustedSet trusted =
        new TrustedSet(read(new RoleVersion(RoleVersion.ROOT, 1)), Instant.MIN, true);
    for (long next = 2; next <= newestRoot(); next++) {
      trusted.acceptRoot(read(new RoleVersion(RoleVersion.ROOT, next)));
    }
    return trusted;
  }

  /**
   * Brings the published documents into the machine, verified except for their expiry.
   *
   * @return false if nothing was published yet
   */
  boolean recallInto(TrustedSet trusted) {
    Optional<byte[]> timestamp = fetch(RoleVersion.latest(RoleVersion.TIMESTAMP));
    if (timestamp.isEmpty()) {
      return false;
    }
    trusted.recallTimestamp(timestamp.get());
    long snapshot = trusted.timestamp().snapshot().version();
    trusted.acceptSnapshot(read(new RoleVersion(RoleVersion.SNAPSHOT, snapshot)));
    long targets = trusted.announced(RoleVersion.TARGETS).version();
    trusted.acceptTargets(read(new RoleVersion(RoleVersion.TARGETS, targets)));
    return true;
  }

  byte[] read(RoleVersion name) {
    return fetch(name)
        .orElseThrow(
            () -> new DroverException(ErrorCode.NOT_FOUND, "the repository has no " + name));
  }

  void write(RoleVersion name, byte[] document) {
    DurableFiles.replace(path.resolve(name.path()), document, DurableFiles.PUBLIC);
  }

  private Optional<byte[]> fetch(RoleVersion name) {
    return fetcher.fetch(name, MetadataLimits.bytesMax(name.role()));
  }

  private static long newest(Path directory, Pattern name, String inside) {
    long newest = 0;
    if (!Files.isDirectory(directory)) {
      return newest;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        Matcher matcher = name.matcher(String.valueOf(entry.getFileName()));
        if (matcher.matches() && Files.exists(entry.resolve(inside))) {
          newest = Math.max(newest, Long.parseLong(matcher.group(1)));
        }
      }
      return newest;
    } catch (IOException e) {
      throw new DroverException(ErrorCode.STORE_FAILED, "cannot list " + directory, e);
    }
  }
}
