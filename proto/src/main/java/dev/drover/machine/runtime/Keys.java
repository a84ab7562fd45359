package dev.drover.machine.runtime;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How rows, timers and owed effects are named on disk.
 *
 * <ul>
 *   <li>{@link Space#ROWS}: {@code machine 0 key 0 row}
 *   <li>{@link Space#TIMERS}: {@code 1 at(8) machine 0 key 0 name} holds the event; {@code 2
 *       machine 0 key 0 name} holds {@code at(8)}
 *   <li>{@link Space#OUTBOX}: {@code seq(8)}
 * </ul>
 *
 * <p>Numbers are big-endian, text is UTF-8 without NUL, so that the order of the bytes is the order
 * of machine, key and name, and of time.
 */
final class Keys {
  static final byte[] META_SCHEMA = ascii("schema");
  static final byte[] META_SEQ = ascii("seq");
  static final byte[] META_TIME = ascii("time");

  static final byte TIMER_BY_TIME = 1;
  static final byte TIMER_BY_NAME = 2;

  private static final int TIME_HEAD_BYTES = 1 + Long.BYTES;

  private Keys() {}

  /** Returns what all rows of a key begin with. */
  static byte[] rowsOf(String machine, String key) {
    return joined(new byte[0], machine, key, "");
  }

  /** Returns what all rows of a machine begin with. */
  static byte[] rowsOf(String machine) {
    return concat(utf8(machine), new byte[1]);
  }

  /** Returns the smallest key that no row of this machine's key precedes or equals. */
  static byte[] afterRowsOf(String machine, String key) {
    return successor(rowsOf(machine, key));
  }

  static byte[] timerByTime(long atMs, String machine, String key, String name) {
    return joined(timerTimeHead(atMs), machine, key, name);
  }

  static byte[] timerByName(String machine, String key, String name) {
    return joined(new byte[] {TIMER_BY_NAME}, machine, key, name);
  }

  /** Returns what sorts before every timer at this time or later and after every earlier one. */
  static byte[] timerTimeHead(long atMs) {
    return ByteBuffer.allocate(TIME_HEAD_BYTES).put(TIMER_BY_TIME).putLong(atMs).array();
  }

  static long timerTime(byte[] timerByTime) {
    return ByteBuffer.wrap(timerByTime).getLong(1);
  }

  /** Returns machine, key and name of a timer's entry by time. */
  static String[] timerParts(byte[] timerByTime) {
    return parts(timerByTime, TIME_HEAD_BYTES);
  }

  /** Returns machine, key and name of a timer's entry by name. */
  static String[] timerNameParts(byte[] timerByName) {
    return parts(timerByName, 1);
  }

  /** Returns machine, key and row name of a row's key. */
  static String[] rowParts(byte[] rowKey) {
    return parts(rowKey, 0);
  }

  static byte[] ofLong(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  static long toLong(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  static byte[] concat(byte[] head, byte[] tail) {
    byte[] all = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, all, head.length, tail.length);
    return all;
  }

  /** Returns the smallest byte string that is greater than every one with this prefix. */
  static byte[] successor(byte[] prefix) {
    byte[] next = prefix.clone();
    for (int i = next.length - 1; i >= 0; i--) {
      if (next[i] != (byte) 0xff) {
        next[i]++;
        return Arrays.copyOf(next, i + 1);
      }
    }
    throw new IllegalArgumentException("Nothing follows this prefix");
  }

  private static String[] parts(byte[] bytes, int from) {
    int first = indexOfNul(bytes, from);
    int second = indexOfNul(bytes, first + 1);
    return new String[] {
      text(bytes, from, first),
      text(bytes, first + 1, second),
      text(bytes, second + 1, bytes.length)
    };
  }

  private static int indexOfNul(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        return i;
      }
    }
    throw new IllegalArgumentException("Not a key of this layout");
  }

  private static byte[] joined(byte[] head, String machine, String key, String name) {
    byte[] machineBytes = utf8(machine);
    byte[] keyBytes = utf8(key);
    byte[] nameBytes = utf8(name);
    int size = head.length + machineBytes.length + keyBytes.length + nameBytes.length + 2;
    return ByteBuffer.allocate(size)
        .put(head)
        .put(machineBytes)
        .put((byte) 0)
        .put(keyBytes)
        .put((byte) 0)
        .put(nameBytes)
        .array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
