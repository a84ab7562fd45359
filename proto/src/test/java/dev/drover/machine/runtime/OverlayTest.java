package dev.drover.machine.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.drover.machine.sim.CrashPlan;
import dev.drover.machine.sim.SimDisk;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** An overlay reads like the store would after the batch. */
class OverlayTest {
  private static final byte[] FIRST = {0};
  private static final byte[] LAST = {(byte) 0xff};

  @Test
  void scan_randomChanges_readsLikeAMap() {
    Random random = new Random(4);
    for (int round = 0; round < 300; round++) {
      SimDisk disk = new SimDisk(CrashPlan.never());
      NavigableMap<String, String> expected = new TreeMap<>();
      try (Store store = disk.open()) {
        Overlay below = new Overlay(store);
        change(below, expected, random);
        store.commit(below);
        Overlay overlay = new Overlay(store);
        change(overlay, expected, random);
        int limit = 1 + random.nextInt(12);
        String from = name(random);
        assertEquals(
            expected.tailMap(from, true).entrySet().stream()
                .limit(limit)
                .map(Object::toString)
                .toList(),
            scan(overlay, from, limit));
        store.commit(overlay);
        assertEquals(
            expected.entrySet().stream().map(Object::toString).toList(), scan(store, "", 99));
      }
    }
  }

  @Test
  void get_changedAndUnchanged_readsTheLatest() {
    SimDisk disk = new SimDisk(CrashPlan.never());
    try (Store store = disk.open()) {
      Overlay below = new Overlay(store);
      below.put(Space.ROWS, bytes("a"), bytes("1"));
      below.put(Space.ROWS, bytes("b"), bytes("2"));
      store.commit(below);
      Overlay overlay = new Overlay(store);
      overlay.put(Space.ROWS, bytes("a"), bytes("x"));
      overlay.delete(Space.ROWS, bytes("b"));
      overlay.put(Space.ROWS, bytes("c"), new byte[0]);
      assertArrayEquals(bytes("x"), overlay.get(Space.ROWS, bytes("a")));
      assertNull(overlay.get(Space.ROWS, bytes("b")));
      assertArrayEquals(new byte[0], overlay.get(Space.ROWS, bytes("c")));
      assertNull(overlay.get(Space.TIMERS, bytes("a")));
      assertEquals(3, overlay.size());
      // Three keys and one value.
      assertEquals(4, overlay.netBytes());
      long bytes = overlay.bytes();
      overlay.put(Space.ROWS, bytes("a"), bytes("xyz"));
      assertEquals(bytes + 2, overlay.bytes());
      assertEquals(6, overlay.netBytes());
    }
  }

  private static void change(
      Overlay overlay, NavigableMap<String, String> expected, Random random) {
    for (int i = random.nextInt(12); i > 0; i--) {
      String name = name(random);
      if (random.nextInt(3) == 0) {
        overlay.delete(Space.ROWS, bytes(name));
        expected.remove(name);
      } else {
        String value = Integer.toString(random.nextInt(100));
        overlay.put(Space.ROWS, bytes(name), bytes(value));
        expected.put(name, value);
      }
    }
  }

  private static String name(Random random) {
    return Character.toString('a' + random.nextInt(15));
  }

  private static List<String> scan(Reading reading, String from, int limit) {
    List<String> found = new ArrayList<>();
    reading.scan(
        Space.ROWS,
        from.isEmpty() ? FIRST : bytes(from),
        LAST,
        (key, value) -> {
          found.add(text(key) + "=" + text(value));
          return found.size() < limit;
        });
    return found;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
