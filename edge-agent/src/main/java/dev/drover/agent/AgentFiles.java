package dev.drover.agent;

import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.exchange.TrustedClock;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.llm.AvailableMemory;
import dev.drover.agent.release.SlotLoader;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/** Small things about the agent's directory and machine. */
final class AgentFiles {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path STATM = Path.of("/proc/self/statm");
  private static final int TEXT_BYTES_MAX = 64;

  /** Of every Linux that Drover runs on; a larger page would make this an underestimate. */
  private static final long PAGE_BYTES = 4096;

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private AgentFiles() {}

  /**
   * Makes the data directory, for its owner only, and returns its absolute path. Call it before
   * anything else is made in there.
   */
  static Path prepare(Path dataDir) {
    Path data = dataDir.toAbsolutePath().normalize();
    try {
      Files.createDirectories(data, PosixFilePermissions.asFileAttribute(PRIVATE));
      if (!PRIVATE.containsAll(Files.getPosixFilePermissions(data))) {
        Files.setPosixFilePermissions(data, PRIVATE);
      }
      return data;
    } catch (IOException unwritable) {
      throw DurableFiles.failure("cannot use the data directory", data, unwritable);
    }
  }

  /** Makes sure that the log can be written: what writes it only complains, at length. */
  static void prepareLog(Path directory) {
    try {
      Files.createDirectories(directory);
      Files.delete(Files.createTempFile(directory, "probe", null));
    } catch (IOException unwritable) {
      throw DurableFiles.failure("cannot write the log in", directory, unwritable);
    }
  }

  /** Returns the identity of this boot of the machine, the same until it boots again. */
  static String bootId() {
    try {
      return Files.readString(BOOT_ID, StandardCharsets.US_ASCII).strip();
    } catch (IOException unknown) {
      return "unknown";
    }
  }

  /** Counts a start and returns the number of this one, from 1. */
  static long countStart(Path file) {
    long starts =
        1 + DurableFiles.readBounded(file, TEXT_BYTES_MAX).map(AgentFiles::number).orElse(0L);
    byte[] text = Long.toString(starts).getBytes(StandardCharsets.US_ASCII);
    DurableFiles.replace(file, text, DurableFiles.OWNER_ONLY);
    return starts;
  }

  private static long number(byte[] text) {
    try {
      return Long.parseLong(new String(text, StandardCharsets.US_ASCII).strip());
    } catch (NumberFormatException damaged) {
      return 0;
    }
  }

  /**
   * Lets a clock learn the time at which the device's certificate was made: it is no earlier. That
   * it may be later is no news.
   */
  static void learnTime(TrustedClock clock, DeviceIdentity self) {
    long notBeforeMs = self.control().certificate().getNotBefore().toInstant().toEpochMilli();
    var unused = clock.proved(notBeforeMs + CertificateAuthority.BACKDATED.toMillis());
  }

  /**
   * Returns the memory that a new process of the agent could have, this one's included.
   *
   * @param limitBytes what may be counted on at most; 0 for all
   */
  static long memoryForAgentBytes(long limitBytes) {
    long bytes = AvailableMemory.bytes() + residentBytes();
    return limitBytes == 0 ? bytes : Math.min(bytes, limitBytes);
  }

  /** Returns the least of what the owner and the control groups set; 0 where nobody does. */
  static long memoryLimitBytes(AgentConfig config) {
    long owner = config.memoryLimit().bytes();
    long group = AvailableMemory.limitBytes();
    return owner == 0 || group == 0 ? Math.max(owner, group) : Math.min(owner, group);
  }

  private static long residentBytes() {
    try {
      String[] pages = Files.readString(STATM, StandardCharsets.US_ASCII).split(" ", 3);
      return Long.parseLong(pages[1]) * PAGE_BYTES;
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException unknown) {
      return 0;
    }
  }

  /** Returns how models are loaded. */
  static SlotLoader.Settings loading(AgentConfig config) {
    Optional<Path> own =
        AgentConfig.given(config.modelFile())
            ? Optional.of(config.inData(config.modelFile()))
            : Optional.empty();
    return new SlotLoader.Settings(own, config.contextTokens(), config.threads());
  }
}
