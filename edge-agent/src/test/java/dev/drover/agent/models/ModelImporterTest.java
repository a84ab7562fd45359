package dev.drover.agent.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Hashes;
import dev.drover.testkit.TinyGguf;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelImporterTest {
  @TempDir Path directory;
  private ModelStore store = new ModelStore(Path.of("unused"));

  @BeforeEach
  void open() {
    store = new ModelStore(directory.resolve("models"));
  }

  @Test
  void take_model_copiesItUnderItsDigestWithItsName() throws IOException {
    Path file = TinyGguf.ofSeed(1).writeTo(directory.resolve("mine.gguf"));

    String sha256 = new ModelImporter(store).take(file, Progress.NONE);

    assertEquals(Hashes.hex(Hashes.sha256(Files.readAllBytes(file))), sha256);
    assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(store.path(sha256)));
    assertEquals(List.of("mine.gguf"), store.list().stream().map(ModelStore.Stored::note).toList());
    assertEquals(sha256, new ModelImporter(store).take(file, Progress.NONE));
  }

  @Test
  void take_whatIsNoModel_isRefusedAndLeavesNothing() throws IOException {
    Path text = Files.writeString(directory.resolve("notes.txt"), "GGUF is a format");
    byte[] model = TinyGguf.ofSeed(1).bytes();
    Path cut = Files.write(directory.resolve("cut"), Arrays.copyOf(model, 300_000));

    assertCode(ErrorCode.MODEL_CORRUPT, text);
    assertCode(ErrorCode.MODEL_CORRUPT, cut);
    assertCode(ErrorCode.MODEL_UNREADABLE, directory.resolve("missing"));
    assertCode(ErrorCode.MODEL_UNREADABLE, directory);
    assertTrue(store.list().isEmpty());
  }

  @Test
  void take_withoutSpace_isRefused() throws IOException {
    Path file = TinyGguf.ofSeed(1).writeTo(directory.resolve("mine.gguf"));
    ModelImporter full = new ModelImporter(store, any -> 1 << 20);

    DroverException refused =
        assertThrows(DroverException.class, () -> full.take(file, Progress.NONE));

    assertEquals(ErrorCode.DISK_FULL, refused.code());
    assertTrue(store.list().isEmpty());
  }

  @Test
  void take_whileTheModelIsPulled_waitsForItsLock() throws IOException {
    Path file = TinyGguf.ofSeed(1).writeTo(directory.resolve("mine.gguf"));
    String sha256 = Hashes.hex(Hashes.sha256(Files.readAllBytes(file)));
    ModelImporter importer = new ModelImporter(store);
    Files.createDirectories(store.directory());
    byte[] came = Arrays.copyOf(Files.readAllBytes(file), 1000);
    Files.write(store.partial(sha256), came);

    store.whileLocked(
        sha256,
        () ->
            // Another process would be waited for; within one the lock refuses.
            assertThrows(
                OverlappingFileLockException.class, () -> importer.take(file, Progress.NONE)));

    assertArrayEquals(came, Files.readAllBytes(store.partial(sha256)));
    assertEquals(sha256, importer.take(file, Progress.NONE));
    assertEquals(0, store.partialBytes(sha256));
  }

  @Test
  void take_thatFails_leavesWhatAPullBrought() throws IOException {
    Path file = TinyGguf.ofSeed(1).writeTo(directory.resolve("mine.gguf"));
    String sha256 = Hashes.hex(Hashes.sha256(Files.readAllBytes(file)));
    Files.createDirectories(store.directory());
    Files.write(store.partial(sha256), new byte[1000]);
    Progress changesTheFile =
        new Progress() {
          private boolean changed;

          @Override
          public void at(String what, long done, long total) {
            if (what.equals("copying") && !changed) {
              changed = true;
              overwriteStart(store.partialOf(new ModelSource.Local(file), sha256));
            }
          }
        };

    DroverException failed =
        assertThrows(
            DroverException.class, () -> new ModelImporter(store).take(file, changesTheFile));

    assertEquals(ErrorCode.MODEL_CORRUPT, failed.code());
    assertEquals(1000, store.partialBytes(sha256));
  }

  private static void overwriteStart(Path file) {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.write(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void assertCode(ErrorCode code, Path file) {
    DroverException refused =
        assertThrows(
            DroverException.class, () -> new ModelImporter(store).take(file, Progress.NONE));
    assertEquals(code, refused.code());
  }
}
