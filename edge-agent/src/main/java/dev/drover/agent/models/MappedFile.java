package dev.drover.agent.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file that a live process has mapped into its memory, as {@code /proc/<pid>/maps} tells.
 *
 * <p>So a digest can be shown to be that of the file a process really uses: digest the path, and
 * compare {@link #isStill} before and after.
 *
 * @param device number of the device as major:minor in hexadecimal, as the kernel writes it
 * @param inode number of the file on that device
 * @param path as the kernel knows it
 * @param mappedBytes of all its mappings together
 * @param deleted whether the file has lost its name since
 */
public record MappedFile(String device, long inode, Path path, long mappedBytes, boolean deleted) {
  private static final Pattern LINE =
      Pattern.compile(
          "([0-9a-f]+)-([0-9a-f]+) \\S+ [0-9a-f]+ ([0-9a-f]+:[0-9a-f]+) (\\d+)\\s+(/.*?)"
              + "( \\(deleted\\))?");

  /**
   * Returns the mapping of a file in a process.
   *
   * @param pid of a process of this user
   * @param file any path of it; links are followed
   * @return empty where the process has not mapped it
   * @throws IOException where the process is gone or may not be looked at
   */
  public static Optional<MappedFile> of(long pid, Path file) throws IOException {
    return of(Path.of("/proc", Long.toString(pid), "maps"), file);
  }

  /** Returns the mapping of a file in this process; see {@link #of(long, Path)}. */
  public static Optional<MappedFile> ofSelf(Path file) throws IOException {
    return of(ProcessHandle.current().pid(), file);
  }

  static Optional<MappedFile> of(Path maps, Path file) throws IOException {
    Path real = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath().normalize();
    MappedFile found = null;
    for (String line : Files.readAllLines(maps)) {
      Matcher match = LINE.matcher(line);
      // The kernel writes a line feed in a name as \012; such names are not for models.
      if (match.matches() && Path.of(match.group(5)).equals(real)) {
        long bytes =
            Long.parseUnsignedLong(match.group(2), 16) - Long.parseUnsignedLong(match.group(1), 16);
        found =
            new MappedFile(
                match.group(3),
                Long.parseLong(match.group(4)),
                real,
                bytes + (found == null ? 0 : found.mappedBytes()),
                match.group(6) != null);
      }
    }
    return Optional.ofNullable(found);
  }

  /**
   * Returns whether the path still names the mapped file, and not another one put in its place.
   * Devices are not compared: layered file systems show another number to processes.
   */
  public boolean isStill() throws IOException {
    return !deleted
        && Files.exists(path)
        && Files.getAttribute(path, "unix:ino") instanceof Long number
        && number == inode;
  }
}
