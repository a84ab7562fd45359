package dev.drover.agent.tools;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The directory that the file tools may read, and nothing outside it. Thread-safe. */
final class FilesRoot {
  private static final int PATH_CHARS_MAX = 1024;
  private static final int DEPTH_MAX = 32;

  private final Path root;

  /** Makes a root, which need not exist yet. */
  FilesRoot(Path root) {
    this.root = root;
  }

  /** What is done with an open directory. */
  @FunctionalInterface
  interface Work<T> {
    T with(OpenDirectory directory) throws IOException;
  }

  /** What is done with the directory in which a file lies, and the file's name. */
  @FunctionalInterface
  interface FileWork<T> {
    T with(OpenDirectory directory, Path name) throws IOException;
  }

  /**
   * Opens a directory.
   *
   * @param path with slashes, relative to the root; empty for the root itself
   * @throws DroverException {@code PATH_OUTSIDE_ROOT}, {@code NOT_FOUND}, {@code INVALID_ARGUMENT},
   *     {@code STORE_FAILED}
   */
  <T> T directory(String path, Work<T> work) {
    return directory(names(path), work);
  }

  private <T> T directory(List<Path> names, Work<T> work) {
    try (OpenDirectory opened = OpenDirectory.root(root)) {
      return descend(opened, names, work);
    } catch (NoSuchFileException | NotDirectoryException absent) {
      throw absent();
    } catch (IOException unreadable) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The file or directory cannot be read.", unreadable);
    }
  }

  /** Opens the directory of a file; fails like {@link #directory}. */
  <T> T file(String path, FileWork<T> work) {
    List<Path> names = names(path);
    if (names.isEmpty()) {
      throw absent();
    }
    Path name = names.get(names.size() - 1);
    return directory(
        names.subList(0, names.size() - 1),
        opened -> {
          refuseOther(opened.entry(name));
          return work.with(opened, name);
        });
  }

  private static <T> T descend(OpenDirectory from, List<Path> names, Work<T> work)
      throws IOException {
    if (names.isEmpty()) {
      return work.with(from);
    }
    refuseOther(from.entry(names.get(0)));
    try (OpenDirectory next = from.enter(names.get(0))) {
      return descend(next, names.subList(1, names.size()), work);
    }
  }

  private static void refuseOther(OpenDirectory.Entry entry) {
    if (entry.kind() == OpenDirectory.Kind.OTHER) {
      throw new DroverException(
          ErrorCode.PATH_OUTSIDE_ROOT, "The path holds a link or something that is no file.");
    }
  }

  private static List<Path> names(String path) {
    if (path.length() > PATH_CHARS_MAX || path.indexOf('\0') >= 0) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The path is not one.");
    }
    if (path.startsWith("/")) {
      throw new DroverException(
          ErrorCode.PATH_OUTSIDE_ROOT, "The path is not relative to the root of the file tools.");
    }
    List<Path> names = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      if (name.equals("..")) {
        throw new DroverException(ErrorCode.PATH_OUTSIDE_ROOT, "The path leads upwards.");
      }
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(one(name));
      }
    }
    if (names.size() > DEPTH_MAX) {
      throw new DroverException(ErrorCode.LIMIT_EXCEEDED, "The path is too deep.");
    }
    return names;
  }

  private static Path one(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException notOfThisLocale) {
      throw absent();
    }
  }

  private static DroverException absent() {
    return new DroverException(
        ErrorCode.NOT_FOUND, "There is no such file or directory below the root.");
  }
}
