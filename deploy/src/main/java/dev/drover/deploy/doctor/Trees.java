package dev.drover.deploy.doctor;

import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

/** Small things about directories. */
final class Trees {
  private static final Set<PosixFilePermission> OWNERS =
      PosixFilePermissions.fromString("rwx------");

  private Trees() {}

  /** Returns whether nobody but the owner may do anything with a file or directory. */
  static boolean isPrivate(Path path) throws IOException {
    return OWNERS.containsAll(Files.getPosixFilePermissions(path));
  }

  /**
   * Looks at a data directory.
   *
   * @return whether it is there, so that there is more to look at
   */
  static boolean data(Findings findings, Path data) {
    if (Files.notExists(data)) {
      findings.info("directory", "there is no " + data + " yet");
      return false;
    }
    if (!Files.isDirectory(data)) {
      findings.fail(
          "directory",
          ErrorCode.STORE_FAILED,
          "There is something else than a directory at " + data + ".",
          "Move it away, or name another directory.");
      return false;
    }
    if (!Files.isReadable(data) || !Files.isWritable(data) || !Files.isExecutable(data)) {
      findings.look(
          "directory",
          () ->
              findings.fail(
                  "directory",
                  ErrorCode.PERMISSION_DENIED,
                  data + " belongs to " + Files.getOwner(data) + ", and this user may not use it.",
                  "Run this as that user, or name another directory."));
      return false;
    }
    findings.look(
        "directory",
        () -> {
          if (isPrivate(data)) {
            findings.ok("directory", data.toString());
          } else {
            findings.fail(
                "directory",
                ErrorCode.PERMISSION_DENIED,
                "Others may enter " + data + ".",
                "chmod 700 " + data);
          }
        });
    return true;
  }

  /** Looks at who may read secret files. */
  static void secrets(Findings findings, String name, List<Path> files) throws IOException {
    int wrong = 0;
    for (Path file : files) {
      if (Files.notExists(file)) {
        String text = "There is no " + file + ".";
        findings.fail(name, ErrorCode.STORE_FAILED, text, "Put it back from a backup.");
        wrong++;
      } else if (!isPrivate(file)) {
        findings.fail(
            name,
            ErrorCode.PERMISSION_DENIED,
            "Others may read " + file + ".",
            "chmod 600 " + file + "; where others use this machine, have new keys made");
        wrong++;
      }
    }
    if (wrong == 0) {
      findings.ok(name, "for their owner alone");
    }
  }

  /** Returns the directory, or the nearest one above it that exists. */
  static Path existing(Path directory) {
    Path at = directory.toAbsolutePath().normalize();
    while (!Files.isDirectory(at) && at.getParent() != null) {
      at = at.getParent();
    }
    return at;
  }
}
