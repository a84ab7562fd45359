package dev.drover.hub.fleet;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.drover.crypto.Hashes;
import java.nio.charset.StandardCharsets;

/** Hashes what was asked for, so that the log can prove it later. */
final class Requests {
  private Requests() {}

  static ByteString sha256(MessageLite request) {
    return ByteString.copyFrom(Hashes.sha256(request.toByteArray()));
  }

  /** Hashes a request that is no message: its words, each closed by a line feed. */
  static ByteString sha256(String... words) {
    String text = String.join("\n", words) + "\n";
    return ByteString.copyFrom(Hashes.sha256(text.getBytes(StandardCharsets.UTF_8)));
  }
}
