package dev.drover.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Properties;

/**
 * What this program is.
 *
 * @param version as built
 * @param builtMs a time that has passed when it runs, UTC milliseconds
 */
public record Build(String version, long builtMs) {
  /** Returns what the build wrote into this program. */
  public static Build read() {
    Properties properties = new Properties();
    try (InputStream in = Build.class.getResourceAsStream("build.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return new Build(
        properties.getProperty("version", "0.0.0"), builtMs(properties.getProperty("built", "")));
  }

  private static long builtMs(String text) {
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (DateTimeParseException unknown) {
      return 0;
    }
  }
}
