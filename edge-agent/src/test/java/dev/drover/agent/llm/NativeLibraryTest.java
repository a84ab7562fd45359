package dev.drover.agent.llm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
  private static final String FLAGS = "flags : fpu sse4_2 fma avx avx2 f16c bmi2";

  @TempDir Path directory;

  @Test
  void install_anyTime_givesTheLibraryInAFolderNamedByItsDigest() throws IOException {
    Path file = NativeLibrary.install(directory);

    String digest = Hashes.hex(Hashes.sha256(Files.readAllBytes(file)));
    assertTrue(digest.startsWith(String.valueOf(file.getParent().getFileName())));
    assertEquals("libjllama.so", file.getFileName().toString());
    assertEquals(file, NativeLibrary.install(directory));
  }

  @Test
  void install_overDamagedFile_replacesItWithoutTouchingTheOpenOne() throws IOException {
    Path file = NativeLibrary.install(directory);
    byte[] right = Files.readAllBytes(file);
    Files.delete(file);
    Files.write(file, new byte[] {1, 2, 3});

    NativeLibrary.install(directory);

    assertArrayEquals(right, Files.readAllBytes(file));
  }

  @Test
  void install_whereNothingCanBeWritten_saysSo() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "");

    assertEquals(
        ErrorCode.RUNTIME_UNAVAILABLE,
        assertThrows(DroverException.class, () -> NativeLibrary.install(file)).code());
  }

  @Test
  void text_isFoundWhereverItIs_inAFileLargerThanTheWindow() throws IOException {
    int window = NativeLibrary.SEARCH_BYTES;
    String text = "libstdc++.so";
    Path file = directory.resolve("library");
    for (int at : new int[] {0, window - 6, window - 1, window, 2 * window + 17, 3 * window - 12}) {
      byte[] bytes = new byte[3 * window];
      byte[] wanted = text.getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(wanted, 0, bytes, at, wanted.length);
      Files.write(file, bytes);
      assertTrue(NativeLibrary.contains(file, text), "at " + at);
      bytes[at + 5] = '-';
      Files.write(file, bytes);
      assertFalse(NativeLibrary.contains(file, text), "at " + at);
    }
    Files.write(file, new byte[0]);
    assertFalse(NativeLibrary.contains(file, text));
  }

  @Test
  void folder_ofOtherMachines_isRefused() {
    assertEquals("de/kherud/llama/Linux/aarch64", NativeLibrary.folderOf("Linux", "aarch64"));
    for (String[] machine :
        new String[][] {{"Linux", "arm"}, {"Linux", "riscv64"}, {"Mac OS X", "aarch64"}}) {
      assertEquals(
          ErrorCode.RUNTIME_UNAVAILABLE,
          assertThrows(DroverException.class, () -> NativeLibrary.folderOf(machine[0], machine[1]))
              .code());
    }
  }

  @Test
  void reason_onOldProcessor_namesTheMissingFeature() {
    assertNull(NativeLibrary.whyNot("amd64", FLAGS, true, Map.of()));
    String reason = NativeLibrary.whyNot("amd64", FLAGS.replace(" avx2", ""), false, Map.of());
    assertNotNull(reason);
    assertTrue(reason.contains("avx2"));
    assertNull(NativeLibrary.whyNot("amd64", "", false, Map.of()));
  }

  @Test
  void reason_onArmWithSharedCppLibrary_asksForPreload() {
    String reason = NativeLibrary.whyNot("aarch64", "", true, Map.of());
    assertNotNull(reason);
    assertTrue(reason.contains("LD_PRELOAD"));
    assertNull(
        NativeLibrary.whyNot("aarch64", "", true, Map.of("LD_PRELOAD", "/opt/libjllama.so")));
    assertNull(NativeLibrary.whyNot("aarch64", "", false, Map.of()));
  }

  @Test
  void reason_withSettingsOfTheEngineInTheEnvironment_isGiven() {
    assertNotNull(NativeLibrary.whyNot("amd64", FLAGS, false, Map.of("LLAMA_ARG_MODEL_URL", "x")));
  }
}
