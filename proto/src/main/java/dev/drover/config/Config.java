package dev.drover.config;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads configuration records from text, and says what is in force.
 *
 * <p>The text is UTF-8, one {@code key = value} a line; {@code #} begins a comment line. A later
 * layer of text wins over an earlier one.
 */
public final class Config {
  private static final long FILE_BYTES_MAX = 1 << 20;

  private Config() {}

  /**
   * Reads a file into keys and values.
   *
   * @throws DroverException with {@link ErrorCode#NOT_FOUND} when it cannot be read, {@link
   *     ErrorCode#CONFIG_INVALID_VALUE} when a line is no key and value
   */
  public static Map<String, String> file(Path file) {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new DroverException(ErrorCode.LIMIT_EXCEEDED, "The configuration is over 1 MiB.");
      }
      return text(file.getFileName().toString(), Files.readString(file, StandardCharsets.UTF_8));
    } catch (CharacterCodingException otherText) {
      throw new DroverException(
          ErrorCode.CONFIG_INVALID_VALUE,
          "The configuration " + file + " is not UTF-8.",
          otherText);
    } catch (IOException unreadable) {
      throw new DroverException(
          ErrorCode.NOT_FOUND, "The configuration " + file + " cannot be read.", unreadable);
    }
  }

  /**
   * Reads text into keys and values, in order.
   *
   * @param source names the text in messages
   * @throws DroverException with {@link ErrorCode#CONFIG_INVALID_VALUE}
   */
  public static Map<String, String> text(String source, String text) {
    Map<String, String> values = new LinkedHashMap<>();
    String[] lines = text.split("\\R", -1);
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i].trim();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      String where = source + " line " + (i + 1);
      if (equals < 1) {
        throw new DroverException(
            ErrorCode.CONFIG_INVALID_VALUE, where + " is not of the form key = value.");
      }
      String key = line.substring(0, equals).trim();
      if (values.put(key, line.substring(equals + 1).trim()) != null) {
        throw new DroverException(
            ErrorCode.CONFIG_INVALID_VALUE, where + " gives " + key + " a second time.");
      }
    }
    return values;
  }

  /**
   * Makes the record that the values describe.
   *
   * @param type a record whose components all have a {@link ConfigKey}
   * @throws DroverException with {@link ErrorCode#CONFIG_UNKNOWN_KEY} and the nearest known key, or
   *     {@link ErrorCode#CONFIG_INVALID_VALUE}
   */
  public static <R extends Record> R read(Class<R> type, Map<String, String> values) {
    RecordComponent[] components = type.getRecordComponents();
    Set<String> known = new LinkedHashSet<>();
    Arrays.stream(components).forEach(component -> known.add(key(component).value()));
    for (String given : values.keySet()) {
      if (!known.contains(given)) {
        throw new DroverException(
            ErrorCode.CONFIG_UNKNOWN_KEY,
            "There is no key " + given + "; the nearest is " + nearest(given, known) + ".");
      }
    }
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      arguments[i] = value(components[i], values);
    }
    return construct(type, components, arguments);
  }

  /** Returns whether the hub may desire a key of the record. */
  public static boolean isDesirable(Class<? extends Record> type, String key) {
    return component(type, key).filter(found -> key(found).desirable()).isPresent();
  }

  /** Returns whether what the hub desires of a key of the record counts at once. */
  public static boolean isAtOnce(Class<? extends Record> type, String key) {
    return component(type, key).filter(found -> key(found).atOnce()).isPresent();
  }

  /** Returns whether a key of the record may have a value. */
  public static boolean accepts(Class<? extends Record> type, String key, String value) {
    try {
      return component(type, key).map(found -> value(found, Map.of(key, value))).isPresent();
    } catch (DroverException refused) {
      return false;
    }
  }

  /** Returns whether a value that is accepted means what is in force. */
  public static boolean holds(Record config, String key, String value) {
    return component(config.getClass(), key)
        .filter(found -> value(found, Map.of(key, value)).equals(inForce(config, found)))
        .isPresent();
  }

  private static Optional<RecordComponent> component(Class<?> type, String key) {
    return Arrays.stream(type.getRecordComponents())
        .filter(component -> key(component).value().equals(key))
        .findFirst();
  }

  private static Object inForce(Record config, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(config);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Object value(RecordComponent component, Map<String, String> values) {
    ConfigKey key = key(component);
    String text = values.getOrDefault(key.value(), key.byDefault());
    if (text.equals(ConfigKey.REQUIRED)) {
      throw new DroverException(
          ErrorCode.CONFIG_INVALID_VALUE, "The key " + key.value() + " must be given.");
    }
    try {
      Object value = ConfigValues.parse(component.getType(), text);
      if (!ConfigValues.inside(component.getType(), value, key.min(), key.max())) {
        throw new IllegalArgumentException("it lies between " + key.min() + " and " + key.max());
      }
      return value;
    } catch (NumberFormatException bad) {
      throw invalid(key, "it is a whole number", bad);
    } catch (IllegalArgumentException | ArithmeticException bad) {
      throw invalid(key, String.valueOf(bad.getMessage()), bad);
    }
  }

  private static DroverException invalid(ConfigKey key, String rule, Exception cause) {
    return new DroverException(
        ErrorCode.CONFIG_INVALID_VALUE,
        "The value of " + key.value() + " is wrong: " + rule + ".",
        cause);
  }

  private static <R extends Record> R construct(
      Class<R> type, RecordComponent[] components, Object[] arguments) {
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<R> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException refused) {
      if (refused.getCause() instanceof DroverException drover) {
        throw drover;
      }
      throw new IllegalStateException(refused);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Returns the configuration in force, a line per key in order, secrets masked. */
  public static List<String> effective(Record config) {
    List<String> lines = new ArrayList<>();
    for (RecordComponent component : config.getClass().getRecordComponents()) {
      ConfigKey key = key(component);
      Object value = inForce(config, component);
      lines.add(key.value() + " = " + (key.secret() ? "***" : ConfigValues.show(value)));
    }
    return lines;
  }

  /** Returns the reference of a record as a Markdown table. */
  public static String reference(Class<? extends Record> type) {
    StringBuilder table =
        new StringBuilder("| key | type | default | meaning |\n|---|---|---|---|\n");
    for (RecordComponent component : type.getRecordComponents()) {
      ConfigKey key = key(component);
      String byDefault =
          key.byDefault().equals(ConfigKey.REQUIRED)
              ? "(must be given)"
              : key.byDefault().isEmpty() ? "(empty)" : "`" + key.byDefault() + "`";
      table.append("| `").append(key.value()).append("` | ");
      table.append(ConfigValues.typeName(component.getType())).append(bounds(key)).append(" | ");
      table.append(byDefault).append(" | ").append(key.doc()).append(desirable(key)).append(" |\n");
    }
    return table.toString();
  }

  private static String desirable(ConfigKey key) {
    if (!key.desirable()) {
      return "";
    }
    return " The hub may desire it, " + (key.atOnce() ? "at once." : "from the next start.");
  }

  private static String bounds(ConfigKey key) {
    if (key.min().isEmpty() && key.max().isEmpty()) {
      return "";
    }
    return ", " + key.min() + " to " + key.max();
  }

  private static ConfigKey key(RecordComponent component) {
    ConfigKey key = component.getAnnotation(ConfigKey.class);
    if (key == null) {
      throw new IllegalStateException(component + " has no ConfigKey");
    }
    return key;
  }

  /** Returns the known key with the least edit distance (Levenshtein). */
  private static String nearest(String given, Set<String> known) {
    String nearest = "";
    int least = Integer.MAX_VALUE;
    for (String candidate : known) {
      int distance = distance(given, candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest;
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
