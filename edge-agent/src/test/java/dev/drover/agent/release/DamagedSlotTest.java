package dev.drover.agent.release;

import static dev.drover.agent.release.InstallDevice.sha;
import static dev.drover.testkit.Refusals.assertRefused;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.drover.agent.v1.AuditRecord;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Hashes;
import dev.drover.release.Requirements;
import dev.drover.testkit.TinyGguf;
import dev.drover.v1.InstallTask;
import dev.drover.v1.RecordKind;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a device does at its start when the files of the slot in use are not what was staged. */
class DamagedSlotTest {
  @TempDir private Path directory;
  private InstallDevice device;
  private InstallTask before;
  private InstallTask inUse;
  private Path file;
  private byte[] content;

  /** What happens to a file of the slot. */
  enum Damage {
    /** Of the same length, and as old as it was. */
    CHANGED_BYTE {
      @Override
      void happen(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        FileTime modified = Files.getLastModifiedTime(file);
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, modified);
      }
    },
    TRUNCATED {
      @Override
      void happen(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
      }
    },
    EMPTIED {
      @Override
      void happen(Path file) throws IOException {
        Files.write(file, new byte[0]);
      }
    },
    GONE {
      @Override
      void happen(Path file) throws IOException {
        Files.delete(file);
      }
    },
    /** Nobody holds what a link leads to as it was. */
    LINKED {
      @Override
      void happen(Path file) throws IOException {
        Path elsewhere = file.resolveSibling("elsewhere");
        Files.move(file, elsewhere);
        Files.createSymbolicLink(file, elsewhere);
      }
    },
    ANOTHER_FILE {
      @Override
      void happen(Path file) throws IOException {
        Path other = TinyGguf.ofSeed(2).writeTo(file.resolveSibling("other"));
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
      }
    };

    abstract void happen(Path file) throws IOException;
  }

  @BeforeEach
  void install() throws IOException {
    device = new InstallDevice(directory);
    before = device.published.publish("1.0.0", new Requirements("", 0, 0), Optional.empty());
    device.install("e1", before, "STAGED");
    assertEquals(sha(before), device.restart());
    Path published = TinyGguf.ofSeed(1).writeTo(directory.resolve("tiny.gguf"));
    content = Files.readAllBytes(published);
    inUse = device.published.publishFile("2.0.0", published);
    device.install("e2", inUse, "STAGED");
    assertEquals(sha(inUse), device.restart());
    file = device.store.file(Hashes.hex(Hashes.sha256(content)));
    awaitAnotherChangeTime();
  }

  @AfterEach
  void close() {
    device.close();
  }

  /** What happens to a file within one tick of the kernel's clock is not to be seen by its time. */
  private void awaitAnotherChangeTime() throws IOException {
    FileTime staged = changed(file);
    Path probe = directory.resolve("probe");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> changed(Files.write(probe, new byte[1])).compareTo(staged) > 0);
  }

  private static FileTime changed(Path file) throws IOException {
    return (FileTime) Files.getAttribute(file, "unix:ctime");
  }

  private Path note() {
    return device.data.resolve("slots").resolve(sha(inUse)).resolve("files.pb");
  }

  private void damage(Damage damage) throws IOException {
    Files.setPosixFilePermissions(file, DurableFiles.OWNER_ONLY);
    damage.happen(file);
  }

  @ParameterizedTest
  @EnumSource
  void slot_withADamagedFile_isLeftForTheOneBefore_andComesWithAnotherRollout(Damage damage)
      throws IOException {
    damage(damage);

    assertRefused(ErrorCode.MODEL_CORRUPT, () -> device.store.verify(sha(inUse)));
    assertEquals(sha(before), device.restart());
    AuditRecord record = device.lastRecord();
    assertEquals(RecordKind.RELEASE_ROLLED_BACK, record.getKind());
    assertEquals(inUse.getManifestSha256(), record.getRelease().getManifestSha256());
    assertEquals(ErrorCode.MODEL_CORRUPT.number(), record.getRelease().getError());
    assertEquals(sha(before), device.restart(), "it stays so");

    device.install("e3", inUse, "STAGED");
    assertEquals(sha(inUse), device.restart());
    assertArrayEquals(content, Files.readAllBytes(file));
  }

  @Test
  void slot_withADamagedFile_andNoneBefore_isLeftForNone() throws IOException {
    damage(Damage.CHANGED_BYTE);
    assertEquals(sha(before), device.restart());
    Path manifest = device.data.resolve("slots").resolve(sha(before)).resolve("manifest.json");
    Files.writeString(manifest, "{}");

    assertRefused(ErrorCode.MODEL_CORRUPT, () -> device.store.verify(sha(before)));
    assertEquals("", device.restart());
  }

  @Test
  void slot_whoseManifestGrew_isLeftForTheOneBefore() throws IOException {
    Path manifest = device.data.resolve("slots").resolve(sha(inUse)).resolve("manifest.json");
    Files.write(manifest, new byte[Limits.MANIFEST_BYTES_MAX + 1]);
    assertRefused(ErrorCode.MODEL_CORRUPT, () -> device.store.verify(sha(inUse)));
    assertEquals(sha(before), device.restart());
  }

  @Test
  void slot_whoseFileWasTouched_orCopied_isReadOnceAndStaysInUse() throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    assertNotedAnew();

    Path copy = Files.copy(file, directory.resolve("copy"));
    Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE);
    assertNotedAnew();
  }

  private void assertNotedAnew() throws IOException {
    byte[] noted = Files.readAllBytes(note());
    device.store.verify(sha(inUse));
    byte[] anew = Files.readAllBytes(note());
    assertFalse(Arrays.equals(noted, anew), "what the file is now is noted");

    FileTime written = changed(note());
    assertEquals(sha(inUse), device.restart());
    assertEquals(written, changed(note()), "it is known now");
  }

  @ParameterizedTest
  @EnumSource(names = {"EMPTIED", "TRUNCATED", "CHANGED_BYTE"})
  void slot_whoseNoteIsDamaged_isReadWhole(Damage damage) throws IOException {
    byte[] noted = Files.readAllBytes(note());
    damage.happen(note());
    assertEquals(sha(inUse), device.restart());
    assertArrayEquals(noted, Files.readAllBytes(note()));

    damage.happen(note());
    damage(Damage.CHANGED_BYTE);
    assertEquals(sha(before), device.restart());
  }
}
