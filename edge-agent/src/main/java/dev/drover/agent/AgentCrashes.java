package dev.drover.agent;

import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.Hashes;
import dev.drover.v1.InstalledRelease;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Counts how often the agent or its model ended without a stop since the running release was
 * committed: a start that finds no word of a stop follows such an end. Thread-safe.
 */
final class AgentCrashes implements AutoCloseable {
  private static final int FILE_BYTES_MAX = 256;
  private static final String RUNNING = "running";
  private static final String STOPPED = "stopped";

  private final Path file;
  private String release = "";
  private int count;

  /** Counts the start of this process. */
  AgentCrashes(Path file) {
    this.file = file;
    String text =
        DurableFiles.readBounded(file, FILE_BYTES_MAX)
            .map(bytes -> new String(bytes, StandardCharsets.US_ASCII).strip())
            .orElse("");
    String[] words = text.split(" ", -1);
    if (words.length == 3 && words[1].matches("\\d{1,6}")) {
      release = words[2];
      count = Integer.parseInt(words[1]) + (words[0].equals(RUNNING) ? 1 : 0);
    }
    write(RUNNING);
  }

  /** Returns how often it ended so, of the release that the process follows. */
  synchronized int count(InstalledRelease installed) {
    String now = Hashes.hex(installed.getManifestSha256().toByteArray());
    if (!now.equals(release)) {
      release = now;
      count = 0;
      write(RUNNING);
    }
    return count;
  }

  /** Counts an end of the model that this process survived long enough to tell. */
  synchronized void modelEnded() {
    count++;
  }

  /** Notes that the process stops because it was asked to. */
  @Override
  public synchronized void close() {
    write(STOPPED);
  }

  private void write(String state) {
    byte[] text = (state + " " + count + " " + release).getBytes(StandardCharsets.US_ASCII);
    DurableFiles.replace(file, text, DurableFiles.OWNER_ONLY);
  }
}
