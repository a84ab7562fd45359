package dev.drover.deploy.sim;

import dev.drover.crypto.Hashes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What happened, line by line: its hash, its end, and all of it where somebody wants it. */
final class Trace {
  private static final int KEPT_MAX = 60;

  private final Deque<String> last = new ArrayDeque<>();
  private final MessageDigest digest;
  private final LongSupplier sinceStartMs;
  private final @Nullable Appendable copy;
  private long events;

  /**
   * Makes an empty trace.
   *
   * @param copy gets every line, or null
   */
  Trace(LongSupplier sinceStartMs, @Nullable Appendable copy) {
    this.sinceStartMs = sinceStartMs;
    this.copy = copy;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException(missing);
    }
  }

  /** Counts an event; lines belong to the last one. */
  void event() {
    events++;
  }

  long events() {
    return events;
  }

  void line(String format, Object... arguments) {
    String text =
        String.format(
            Locale.ROOT,
            "%6d %9.3f  %s",
            events,
            sinceStartMs.getAsLong() / 1000.0,
            String.format(Locale.ROOT, format, arguments));
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) '\n');
    if (last.size() == KEPT_MAX) {
      last.remove();
    }
    last.add(text);
    if (copy != null) {
      try {
        copy.append(text).append('\n');
      } catch (IOException unwritable) {
        throw new UncheckedIOException(unwritable);
      }
    }
  }

  /** Returns the last lines, the oldest first. */
  List<String> last() {
    return List.copyOf(last);
  }

  /** Returns the hash of everything so far, 64 hexadecimal digits. */
  String hash() {
    try {
      return Hashes.hex(((MessageDigest) digest.clone()).digest());
    } catch (CloneNotSupportedException missing) {
      throw new IllegalStateException(missing);
    }
  }
}
