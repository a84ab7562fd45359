package dev.drover.agent.release;

import dev.drover.agent.core.Machines;
import dev.drover.agent.v1.SlotFile;
import dev.drover.agent.v1.SlotFiles;
import dev.drover.content.ChunkAssembler;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Hashes;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where releases lie: files by their digest under {@code content}, read-only once they are checked,
 * and for each installed release a directory under {@code slots} with its manifest and with what
 * its files were when they were staged. Thread-safe as long as one thread changes a release at a
 * time.
 */
public final class ContentStore implements SlotStore {
  private static final String PART = ".part";
  private static final String MANIFEST = "manifest.json";
  private static final String FILES = "files.pb";
  private static final int FILES_BYTES_MAX = 64 * 1024;
  private static final Set<PosixFilePermission> READ_ONLY =
      Set.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.OTHERS_READ);

  private static final Logger LOG = LoggerFactory.getLogger(ContentStore.class);

  private final Path content;
  private final Path slots;

  /** Opens the store in the agent's data directory. */
  public ContentStore(Path dataDir) {
    this.content = dataDir.resolve("content");
    this.slots = dataDir.resolve("slots");
    try {
      Files.createDirectories(content);
      Files.createDirectories(slots);
    } catch (IOException unwritable) {
      throw failed("The content directory cannot be made.", unwritable);
    }
  }

  /** Returns where a file lies when it is complete. */
  @Override
  public Path file(String sha256) {
    return content.resolve(sha256);
  }

  /** Returns where a file grows. */
  Path part(String sha256) {
    return content.resolve(sha256 + PART);
  }

  /** Returns whether a file is there with its full length. */
  boolean has(Artifact artifact) {
    try {
      return Files.size(file(artifact.sha256())) == artifact.length();
    } catch (IOException absent) {
      return false;
    }
  }

  /** Returns how much of a file is still to come, in bytes. */
  long missingBytes(Artifact artifact) {
    return has(artifact)
        ? 0
        : Math.max(0, artifact.length() - ChunkAssembler.storedBytes(part(artifact.sha256())));
  }

  /** Returns the disk space that is free, in bytes. */
  long usableBytes() {
    try {
      return Files.getFileStore(content).getUsableSpace();
    } catch (IOException unknown) {
      throw failed("The free space cannot be read.", unknown);
    }
  }

  /** Keeps a manifest's bytes before it is installed; durable on return. */
  void keepManifest(String sha256, byte[] manifest) {
    DurableFiles.replace(file(sha256), manifest, DurableFiles.PUBLIC);
  }

  /** Returns a manifest's bytes, kept or installed, if they are what their digest says. */
  @Override
  public Optional<byte[]> manifest(String sha256) {
    return bounded(slots.resolve(sha256).resolve(MANIFEST))
        .or(() -> bounded(file(sha256)))
        .filter(bytes -> Hashes.hex(Hashes.sha256(bytes)).equals(sha256));
  }

  /** Returns what a file holds, or nothing but that it is there where no manifest is so large. */
  private static Optional<byte[]> bounded(Path file) {
    try {
      return DurableFiles.readBounded(file, Limits.MANIFEST_BYTES_MAX);
    } catch (DroverException refused) {
      if (refused.code() != ErrorCode.LIMIT_EXCEEDED) {
        throw refused;
      }
      return Optional.of(new byte[0]);
    }
  }

  /** Returns whether a slot was staged. */
  boolean isStaged(String sha256) {
    return Files.isRegularFile(slots.resolve(sha256).resolve(FILES));
  }

  /**
   * Makes a slot of files that are there and were checked: they become read-only, and what they are
   * is noted. Durable on return; may be called again.
   */
  void stage(String sha256, byte[] manifestBytes, ReleaseManifest manifest) {
    SlotFiles.Builder noted = SlotFiles.newBuilder();
    for (Artifact artifact : manifest.artifacts()) {
      Path file = file(artifact.sha256());
      try {
        Files.setPosixFilePermissions(file, READ_ONLY);
      } catch (IOException refused) {
        throw failed("A file cannot be made read-only.", refused);
      }
      noted.addFiles(identity(file, artifact.sha256(), artifact.name()));
    }
    DurableFiles.syncDirectory(content);
    Path slot = slots.resolve(sha256);
    DurableFiles.replace(slot.resolve(MANIFEST), manifestBytes, DurableFiles.PUBLIC);
    DurableFiles.replace(slot.resolve(FILES), noted.build().toByteArray(), DurableFiles.PUBLIC);
    DurableFiles.syncDirectory(slots);
  }

  /**
   * Checks that a slot's files are those of its manifest: by inode, length and change time as they
   * were noted, and where these differ or are not known, by reading the file whole.
   *
   * @throws DroverException {@code MODEL_CORRUPT} where a file is another one or gone
   */
  @Override
  public void verify(String sha256) {
    if (!isStaged(sha256)) {
      throw corrupt("The slot is not complete.");
    }
    ReleaseManifest manifest =
        manifest(sha256)
            .map(ReleaseManifest::parse)
            .orElseThrow(() -> corrupt("The slot's manifest was changed or is gone."));
    SlotFiles before = noted(sha256);
    SlotFiles.Builder now = SlotFiles.newBuilder();
    for (Artifact artifact : manifest.artifacts()) {
      Path file = file(artifact.sha256());
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw corrupt("A file of the slot is gone.");
      }
      SlotFile found = identity(file, artifact.sha256(), artifact.name());
      if (!before.getFilesList().contains(found)) {
        LOG.atWarn().addKeyValue("file", artifact.sha256()).log("A file changed; reading it whole");
        if (!digest(file).equals(artifact.sha256())) {
          throw corrupt("A file of the slot was changed or damaged.");
        }
      }
      now.addFiles(found);
    }
    if (!now.build().equals(before)) {
      DurableFiles.replace(
          slots.resolve(sha256).resolve(FILES), now.build().toByteArray(), DurableFiles.PUBLIC);
    }
  }

  /** Returns what files were; nothing where the note itself is damaged. */
  private SlotFiles noted(String sha256) {
    try {
      return DurableFiles.readBounded(slots.resolve(sha256).resolve(FILES), FILES_BYTES_MAX)
          .map(bytes -> Machines.parse(SlotFiles.parser(), bytes))
          .orElse(SlotFiles.getDefaultInstance());
    } catch (DroverException | IllegalArgumentException damaged) {
      LOG.atWarn().addKeyValue("slot", sha256).log("The note of what files were is damaged");
      return SlotFiles.getDefaultInstance();
    }
  }

  /** Returns the SHA-256 of a whole file as hexadecimal text. */
  static String digest(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Hashes.hex(Hashes.sha256(in));
    } catch (IOException unreadable) {
      String why = Files.exists(file) ? "cannot be read" : "is not there";
      throw new DroverException(
          ErrorCode.MODEL_UNREADABLE, "The file " + file + " " + why + ".", unreadable);
    }
  }

  private static SlotFile identity(Path file, String sha256, String name) {
    try {
      Map<String, Object> unix =
          Files.readAttributes(file, "unix:ino,size,ctime", LinkOption.NOFOLLOW_LINKS);
      FileTime changed = (FileTime) unix.get("ctime");
      long nanos = changed == null ? 0 : changed.to(TimeUnit.NANOSECONDS);
      return SlotFile.newBuilder()
          .setSha256(sha256)
          .setName(name)
          .setInode(((Number) unix.getOrDefault("ino", 0L)).longValue())
          .setLengthBytes(((Number) unix.getOrDefault("size", 0L)).longValue())
          .setCtimeNs(nanos)
          .build();
    } catch (IOException unreadable) {
      throw failed("A file of a slot cannot be read.", unreadable);
    }
  }

  /**
   * Deletes slots and files that none of these releases needs. What cannot be deleted is logged.
   *
   * @param kept digests of manifests, staged or being fetched
   */
  @Override
  public void collect(Set<String> kept) {
    Set<String> files = new HashSet<>(kept);
    for (String sha : kept) {
      manifest(sha)
          .ifPresent(
              bytes ->
                  ReleaseManifest.parse(bytes).artifacts().forEach(a -> files.add(a.sha256())));
    }
    for (Path slot : entries(slots)) {
      if (!kept.contains(name(slot))) {
        entries(slot).forEach(ContentStore::delete);
        delete(slot);
      }
    }
    for (Path file : entries(content)) {
      String name = name(file);
      int dot = name.indexOf('.');
      if (!files.contains(dot < 0 ? name : name.substring(0, dot))) {
        delete(file);
      }
    }
  }

  private static List<Path> entries(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    } catch (IOException unreadable) {
      throw failed("A directory of releases cannot be read.", unreadable);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException kept) {
      LOG.atWarn().addKeyValue("file", name(file)).log("An unused file cannot be deleted");
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static DroverException corrupt(String what) {
    return new DroverException(ErrorCode.MODEL_CORRUPT, what);
  }

  private static DroverException failed(String what, IOException cause) {
    return new DroverException(ErrorCode.STORE_FAILED, what, cause);
  }
}
