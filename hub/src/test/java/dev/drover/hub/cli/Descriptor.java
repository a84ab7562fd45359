package dev.drover.hub.cli;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** An open file descriptor of this process, with a passphrase to read. */
final class Descriptor implements AutoCloseable {
  private static final Path ALL = Path.of("/proc/self/fd");

  private final Path file;
  private final FileInputStream open;

  private Descriptor(Path file, FileInputStream open) {
    this.file = file;
    this.open = open;
  }

  /** Opens one that gives this text and then ends. */
  static Descriptor of(Path directory, String text) throws IOException {
    Path file = Files.createTempFile(directory, "passphrase", ".txt").toRealPath();
    Files.write(file, text.getBytes(StandardCharsets.UTF_8));
    return new Descriptor(file, new FileInputStream(file.toFile()));
  }

  /** Returns its number, as it is given to a command. */
  String number() throws IOException {
    try (Stream<Path> descriptors = Files.list(ALL)) {
      return descriptors
          .filter(this::isThis)
          .map(link -> link.getFileName().toString())
          .findFirst()
          .orElseThrow();
    }
  }

  private boolean isThis(Path link) {
    try {
      return Files.readSymbolicLink(link).equals(file);
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    open.close();
    Files.delete(file);
  }
}
