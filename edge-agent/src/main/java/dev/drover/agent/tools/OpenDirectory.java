package dev.drover.agent.tools;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * A directory held open, below which names are looked up one step at a time and never through a
 * link ({@code openat(2)} with {@code O_NOFOLLOW}): whatever is renamed or replaced meanwhile, what
 * is reached lies inside. Not thread-safe.
 */
final class OpenDirectory implements Closeable {
  /** What a name stands for. */
  enum Kind {
    FILE,
    DIRECTORY,
    /** A link, a pipe, a socket or a device: told, never opened. */
    OTHER
  }

  /**
   * One name of a directory.
   *
   * @param path the name alone
   * @param bytes size of a file, else 0
   */
  record Entry(Path path, Kind kind, long bytes) {
    String name() {
      return path.toString();
    }
  }

  private final SecureDirectoryStream<Path> stream;

  private OpenDirectory(SecureDirectoryStream<Path> stream) {
    this.stream = stream;
  }

  /** Opens the directory that the owner named; here, and only here, links are followed. */
  static OpenDirectory root(Path directory) throws IOException {
    try (DirectoryStream<Path> opened = Files.newDirectoryStream(directory.toRealPath())) {
      if (opened instanceof SecureDirectoryStream<Path> secure) {
        return new OpenDirectory(
            secure.newDirectoryStream(Path.of("."), LinkOption.NOFOLLOW_LINKS));
      }
    }
    throw new DroverException(
        ErrorCode.STORE_FAILED, "This file system cannot be read without following links.");
  }

  /** Opens a directory in this one. */
  OpenDirectory enter(Path name) throws IOException {
    if (entry(name).kind() != Kind.DIRECTORY) {
      throw new NotDirectoryException(name.toString());
    }
    return new OpenDirectory(stream.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS));
  }

  /** Opens a regular file in this directory to read it. */
  SeekableByteChannel open(Path name) throws IOException {
    // Asked first, because to open a pipe waits for its other end.
    if (entry(name).kind() != Kind.FILE) {
      throw new NoSuchFileException(name.toString());
    }
    return stream.newByteChannel(name, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
  }

  /** Returns what a name in this directory stands for. */
  Entry entry(Path name) throws IOException {
    BasicFileAttributes attributes =
        stream
            .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
            .readAttributes();
    if (attributes.isRegularFile()) {
      return new Entry(name, Kind.FILE, attributes.size());
    }
    return new Entry(name, attributes.isDirectory() ? Kind.DIRECTORY : Kind.OTHER, 0);
  }

  /**
   * Returns the names in order; to be called once.
   *
   * @param max most names that are looked at
   */
  List<Entry> entries(int max) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try {
      for (Path path : stream) {
        if (entries.size() == max) {
          break;
        }
        try {
          entries.add(entry(nameOf(path)));
        } catch (NoSuchFileException gone) {
          // Another process removed it since; then it is not there.
        }
      }
    } catch (DirectoryIteratorException broken) {
      throw broken.getCause();
    }
    entries.sort(Comparator.comparing(Entry::name));
    return entries;
  }

  private static Path nameOf(Path path) {
    Path name = path.getFileName();
    return name == null ? path : name;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
