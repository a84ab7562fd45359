package dev.drover.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns text into the types that a configuration record may have, and back. */
final class ConfigValues {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h|d)");

  private ConfigValues() {}

  static Object parse(Class<?> type, String text) {
    if (type == String.class) {
      return text;
    }
    if (type == int.class) {
      return Integer.parseInt(text);
    }
    if (type == long.class) {
      return Long.parseLong(text);
    }
    if (type == boolean.class) {
      return parseBoolean(text);
    }
    if (type == Duration.class) {
      return parseDuration(text);
    }
    if (type == DataSize.class) {
      return DataSize.parse(text);
    }
    if (type == Path.class) {
      return parsePath(text);
    }
    if (type == List.class) {
      return Arrays.stream(text.split(",", -1))
          .map(String::trim)
          .filter(s -> !s.isEmpty())
          .toList();
    }
    if (type.isEnum()) {
      return parseEnum(type, text);
    }
    throw new IllegalStateException("A configuration has no values of " + type.getName());
  }

  private static boolean parseBoolean(String text) {
    if (!text.equals("true") && !text.equals("false")) {
      throw new IllegalArgumentException("it is true or false");
    }
    return text.equals("true");
  }

  private static Path parsePath(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException bad) {
      throw new IllegalArgumentException("it is no path", bad);
    }
  }

  private static Object parseEnum(Class<?> type, String text) {
    for (Object constant : type.getEnumConstants()) {
      if (word(constant).equals(text)) {
        return constant;
      }
    }
    throw new IllegalArgumentException("it is one of " + words(type));
  }

  private static String word(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String words(Class<?> type) {
    return String.join(
        ", ", Arrays.stream(type.getEnumConstants()).map(ConfigValues::word).toList());
  }

  static Duration parseDuration(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("a duration has a unit (ms, s, m, h, d), as in 30s");
    }
    long value = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(value);
      case "s" -> Duration.ofSeconds(value);
      case "m" -> Duration.ofMinutes(value);
      case "h" -> Duration.ofHours(value);
      default -> Duration.ofDays(value);
    };
  }

  static String show(Object value) {
    if (value instanceof Duration duration) {
      return showDuration(duration);
    }
    if (value instanceof List<?> list) {
      return String.join(", ", list.stream().map(String::valueOf).toList());
    }
    return value instanceof Enum<?> ? word(value) : String.valueOf(value);
  }

  private static String showDuration(Duration duration) {
    long ms = duration.toMillis();
    long[] sizes = {86_400_000, 3_600_000, 60_000, 1000};
    String[] units = {"d", "h", "m", "s"};
    for (int i = 0; i < sizes.length; i++) {
      if (ms != 0 && ms % sizes[i] == 0) {
        return ms / sizes[i] + units[i];
      }
    }
    return ms + "ms";
  }

  static String typeName(Class<?> type) {
    if (type == List.class) {
      return "list, comma-separated";
    }
    if (type == int.class || type == long.class) {
      return "whole number";
    }
    if (type == boolean.class) {
      return "true or false";
    }
    if (type == DataSize.class) {
      return "size (B, KiB, MiB, GiB)";
    }
    if (type == Duration.class) {
      return "duration (ms, s, m, h, d)";
    }
    return type.isEnum() ? words(type) : type == Path.class ? "path" : "text";
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  static boolean inside(Class<?> type, Object value, String min, String max) {
    Comparable comparable = value instanceof Comparable c ? c : null;
    if (comparable == null) {
      return true;
    }
    boolean low = min.isEmpty() || comparable.compareTo(parse(type, min)) >= 0;
    boolean high = max.isEmpty() || comparable.compareTo(parse(type, max)) <= 0;
    return low && high;
  }
}
