package dev.drover.agent.llm;

import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks the engine's native library into a directory of its own and tells the engine's loader.
 *
 * <p>The loader's own way is not used: it extracts to a fixed name in the shared temporary
 * directory, where two processes overwrite each other, and it deletes every file there whose name
 * begins with {@code llama} or {@code jllama}.
 */
public final class NativeLibrary {
  static final int SEARCH_BYTES = 64 * 1024;
  private static final String FILE = "libjllama.so";
  private static final String LIBRARY_PROPERTY = "de.kherud.llama.lib.path";
  private static final String TEMPORARY_PROPERTY = "de.kherud.llama.tmpdir";
  private static final int NAME_CHARS = 16;
  private static final int LINKER_BYTES_MAX = 2048;
  private static final long LINK_SECONDS_MAX = 20;

  private NativeLibrary() {}

  /**
   * Makes sure that the library for this machine lies below a directory.
   *
   * @param directory made when missing; each version gets a folder named by its digest, so that
   *     processes of several versions share it. A file there that differs is replaced
   * @return the library file, for {@code LD_PRELOAD} too
   * @throws DroverException {@code RUNTIME_UNAVAILABLE} where there is no library for this machine
   *     or it cannot be written
   */
  public static Path install(Path directory) {
    byte[] library = bundled(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    byte[] digest = Hashes.sha256(library);
    Path folder = directory.toAbsolutePath().resolve(Hashes.hex(digest).substring(0, NAME_CHARS));
    Path file = folder.resolve(FILE);
    try {
      Files.createDirectories(folder.resolve("tmp"));
      if (!Files.isRegularFile(file) || !Arrays.equals(digest, digestOf(file))) {
        // Another process may do the same: each writes its own file and renames it.
        Path fresh = Files.createTempFile(folder, "new", ".so");
        Files.write(fresh, library);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new DroverException(
          ErrorCode.RUNTIME_UNAVAILABLE, "The engine's library cannot be unpacked.", e);
    }
    return file;
  }

  /**
   * Links the library into a program of its own, as a load would, so that what is missing is told
   * instead of ending this process.
   *
   * @param file of {@link #install}
   * @throws DroverException {@code RUNTIME_UNAVAILABLE} with the linker's reason
   */
  static void requireLinkable(Path file) {
    ProcessBuilder builder = new ProcessBuilder("/bin/true").redirectErrorStream(true);
    builder.environment().put("LD_PRELOAD", file.toString());
    builder.environment().put("LD_BIND_NOW", "1");
    try {
      Process linked = builder.start();
      byte[] said = linked.getInputStream().readNBytes(LINKER_BYTES_MAX);
      if (!linked.waitFor(LINK_SECONDS_MAX, TimeUnit.SECONDS)) {
        linked.destroyForcibly();
        throw notLinked("it takes too long");
      }
      if (linked.exitValue() != 0 || said.length > 0) {
        String text = new String(said, StandardCharsets.UTF_8).strip();
        throw notLinked(text.isEmpty() ? "exit code " + linked.exitValue() : text);
      }
    } catch (IOException e) {
      throw new DroverException(
          ErrorCode.RUNTIME_UNAVAILABLE, "The engine's library cannot be tried.", e);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new DroverException(ErrorCode.CANCELLED, "The check was interrupted.", stopped);
    }
  }

  private static DroverException notLinked(String why) {
    return new DroverException(
        ErrorCode.RUNTIME_UNAVAILABLE, "The engine's library does not load here: " + why + ".");
  }

  /** Installs the library and points the engine's loader at it; before the engine is touched. */
  static Path installAndUse(Path directory) {
    Path file = install(directory);
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      System.setProperty(LIBRARY_PROPERTY, folder.toString());
      System.setProperty(TEMPORARY_PROPERTY, folder.resolve("tmp").toString());
    }
    return file;
  }

  /**
   * Returns the folder of the jar that holds the library of a machine.
   *
   * @throws DroverException {@code RUNTIME_UNAVAILABLE} where it has none
   */
  static String folderOf(String osName, String osArch) {
    String arch =
        switch (osArch.toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "aarch64";
          default -> "";
        };
    if (arch.isEmpty() || !osName.startsWith("Linux")) {
      throw new DroverException(
          ErrorCode.RUNTIME_UNAVAILABLE,
          "The engine has no library for this machine; it has Linux on x86-64 and 64-bit ARM.");
    }
    return "de/kherud/llama/Linux/" + arch;
  }

  /**
   * Returns why the library would crash here, or null.
   *
   * @param osArch as Java names it
   * @param cpuFlags text with the processor's features, empty where it is not known
   * @param jvmLinksCpp whether the JVM loads the system's C++ library for all to see
   * @param environment of the process
   */
  static @Nullable String whyNot(
      String osArch, String cpuFlags, boolean jvmLinksCpp, Map<String, String> environment) {
    boolean x86 = folderOf("Linux", osArch).endsWith("x86_64");
    if (x86 && !cpuFlags.isEmpty()) {
      for (String feature : new String[] {" avx2", " fma", " f16c"}) {
        if (!cpuFlags.contains(feature)) {
          return "The processor lacks" + feature + ", which the engine's library needs.";
        }
      }
    }
    // The library holds old C++ file system code; symbols of the system's copy would take its place
    // and crash every load, unless the library itself comes first.
    if (!x86 && jvmLinksCpp && !environment.getOrDefault("LD_PRELOAD", "").contains(FILE)) {
      return "With this JVM the agent must be started with LD_PRELOAD set to the engine's library.";
    }
    // The engine reads settings, a model address among them, from such variables.
    if (environment.keySet().stream().anyMatch(name -> name.startsWith("LLAMA_ARG_"))) {
      return "An environment variable LLAMA_ARG_... is set, which would change the engine.";
    }
    return null;
  }

  /** Fails with {@code RUNTIME_UNAVAILABLE} where the library would crash in this process. */
  static void requireUsable() {
    String arch = System.getProperty("os.arch", "");
    boolean linksCpp = folderOf("Linux", arch).endsWith("aarch64") && jvmLinksCpp();
    String reason = whyNot(arch, cpuFlags(), linksCpp, System.getenv());
    if (reason != null) {
      throw new DroverException(ErrorCode.RUNTIME_UNAVAILABLE, reason);
    }
  }

  private static String cpuFlags() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        if (line.startsWith("flags")) {
          return line.replace('\t', ' ');
        }
      }
    } catch (IOException unreadable) {
      return "";
    }
    return "";
  }

  private static boolean jvmLinksCpp() {
    Path jvm = Path.of(System.getProperty("java.home", ""), "lib", "server", "libjvm.so");
    try {
      // A string of the dynamic section.
      return contains(jvm, "libstdc++.so");
    } catch (IOException unreadable) {
      return false;
    }
  }

  /** Whether a file, which may be larger than the heap, has this text in ASCII somewhere. */
  static boolean contains(Path file, String text) throws IOException {
    byte[] window = new byte[SEARCH_BYTES];
    int kept = 0;
    try (InputStream in = Files.newInputStream(file)) {
      while (true) {
        int read = in.readNBytes(window, kept, SEARCH_BYTES - kept);
        int end = kept + read;
        // ISO-8859-1 keeps bytes as they are.
        if (new String(window, 0, end, StandardCharsets.ISO_8859_1).contains(text)) {
          return true;
        }
        if (read == 0) {
          return false;
        }
        // What may be the beginning of it stays for the next round.
        kept = Math.min(end, text.length() - 1);
        System.arraycopy(window, end - kept, window, 0, kept);
      }
    }
  }

  private static byte[] bundled(String osName, String osArch) {
    String name = folderOf(osName, osArch) + "/" + FILE;
    try (InputStream in = NativeLibrary.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new DroverException(
            ErrorCode.RUNTIME_UNAVAILABLE, "The engine's library is not in this installation.");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new DroverException(
          ErrorCode.RUNTIME_UNAVAILABLE, "The engine's library cannot be read.", e);
    }
  }

  private static byte[] digestOf(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Hashes.sha256(in);
    }
  }
}
