package dev.drover.deploy.doctor;

import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/** Disks: room, and that what is synced is written. */
final class DiskChecks {
  private static final long LEAST_BYTES = 32L << 20;
  private static final Set<String> VOLATILE = Set.of("tmpfs", "ramfs");
  private static final String PROBE = ".drover-doctor";

  private final Findings findings;

  DiskChecks(Findings findings) {
    this.findings = findings;
  }

  /**
   * Looks at the disk of a directory.
   *
   * @param directory may not exist yet; then the one in which it will be made counts
   * @param wantedBytes free space below which it gets tight, and what for
   * @param keeps whether what lies there must outlast a restart of the machine
   */
  void disk(Path directory, long wantedBytes, String purpose, boolean keeps) {
    findings.look(
        "disk",
        () -> {
          Path at = Trees.existing(directory);
          FileStore store = Files.getFileStore(at);
          long free = store.getUsableSpace();
          String seen = MachineChecks.size(free) + " free at " + at + ", " + store.type();
          if (free < LEAST_BYTES) {
            findings.fail("disk", ErrorCode.DISK_FULL, seen, ErrorCode.DISK_FULL.nextStep());
            return;
          }
          write(directory, at);
          if (keeps && VOLATILE.contains(store.type())) {
            findings.warn(
                "disk",
                seen + "; what lies there is gone when the machine starts again",
                "Put the directory on a disk.");
          } else if (free < wantedBytes) {
            findings.warn("disk", seen + "; " + purpose, "Free disk space.");
          } else {
            findings.ok("disk", seen + "; writes and syncs");
          }
        });
  }

  /** Writes, syncs, reads and deletes a file where that leaves nothing behind. */
  private static void write(Path directory, Path at) throws IOException {
    if (!Files.isWritable(at)) {
      throw new AccessDeniedException(at.toString());
    }
    if (Files.isDirectory(directory)) {
      byte[] text = "drover doctor\n".getBytes(StandardCharsets.US_ASCII);
      Path probe = directory.resolve(PROBE);
      DurableFiles.replace(probe, text, DurableFiles.OWNER_ONLY);
      boolean same =
          DurableFiles.readBounded(probe, text.length)
              .filter(read -> Arrays.equals(read, text))
              .isPresent();
      DurableFiles.delete(probe);
      if (!same) {
        throw new DroverException(
            ErrorCode.STORE_FAILED, "Other bytes were read than written in " + directory + ".");
      }
    }
  }
}
