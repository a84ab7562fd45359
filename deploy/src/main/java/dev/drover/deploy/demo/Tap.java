package dev.drover.deploy.demo;

import dev.drover.wire.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the broker carried, as a stranger would see it. */
final class Tap {
  private Tap() {}

  /** Returns where the hub of the demo records what its broker carries. */
  static Path recording(Path root) {
    return root.resolve("traffic");
  }

  /** Returns the recorded traffic. */
  static byte[] recorded(Path root) throws IOException {
    return Files.readAllBytes(recording(root));
  }

  /** Counts recorded messages, each of which starts with its topic. */
  static int messages(byte[] recorded) {
    String text = new String(recorded, StandardCharsets.ISO_8859_1);
    int count = text.startsWith(Topics.ROOT) ? 1 : 0;
    for (int at = text.indexOf('\n' + Topics.ROOT); at >= 0; ) {
      count++;
      at = text.indexOf('\n' + Topics.ROOT, at + 1);
    }
    return count;
  }
}
