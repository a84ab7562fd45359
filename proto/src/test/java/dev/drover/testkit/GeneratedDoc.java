package dev.drover.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Documents that are generated from code. A stale one fails its test; {@code mvn test
 * -Ddrover.regenerate=true} writes it anew.
 */
public final class GeneratedDoc {
  private GeneratedDoc() {}

  /** Returns the root of the checkout, in which the folder {@code .build} lies. */
  public static Path root() {
    Path folder = Path.of(System.getProperty("drover.root", "")).toAbsolutePath();
    while (!Files.isDirectory(folder.resolve(".build"))) {
      Path parent = folder.getParent();
      if (parent == null) {
        throw new IllegalStateException("Not inside a checkout of Drover");
      }
      folder = parent;
    }
    return folder;
  }

  /**
   * Fails where a document is not what the code says, or writes it where that was asked for.
   *
   * @param name relative to the root of the checkout, such as {@code docs/errors.md}
   * @param expected the whole text
   */
  public static void check(String name, String expected) {
    Path file = root().resolve(name);
    try {
      if (Boolean.getBoolean("drover.regenerate")) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, expected);
      }
      String actual = Files.exists(file) ? Files.readString(file) : "";
      assertEquals(
          expected,
          actual,
          name + " is stale; run `mvn -Pquick test -Ddrover.regenerate=true` and commit it");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
