package dev.drover.machine;

import dev.drover.crypto.Hashes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the harnesses of engines on a directory share. */
public abstract class DirectoryHarness extends ThreadedHarness {
  private final Path directory;

  /** Makes a harness over a directory of its own. */
  protected DirectoryHarness() {
    try {
      this.directory = Files.createTempDirectory("drover-engine");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the directory of the engines. */
  public final Path directory() {
    return directory;
  }

  @Override
  public final String fingerprint() {
    SortedMap<String, String> files = new TreeMap<>();
    visit(
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes unused)
              throws IOException {
            files.put(file.toString(), Hashes.hex(Hashes.sha256(Files.readAllBytes(file))));
            return FileVisitResult.CONTINUE;
          }
        });
    return files.toString();
  }

  @Override
  public final void close() {
    visit(
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes unused)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException unused)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void visit(SimpleFileVisitor<Path> visitor) {
    try {
      Files.walkFileTree(directory, visitor);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
