package dev.drover.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.machine.runtime.Batch;
import dev.drover.machine.runtime.Reading;
import dev.drover.machine.runtime.Space;
import dev.drover.machine.sim.CrashPlan;
import dev.drover.machine.sim.SimDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that is given what another one was has the same in it. */
class CommitTraceTest {
  private static final byte[] FIRST = {0};
  private static final byte[] LAST = {(byte) 0xff};

  @TempDir private Path directory;
  private final AtomicLong nanos = new AtomicLong(50);
  private final SimDisk recorded = new SimDisk(CrashPlan.never());
  private Path file;

  @BeforeEach
  void record() throws IOException {
    file = directory.resolve("trace");
    try (CommitTrace.Recorder store = new CommitTrace.Recorder(recorded.open(), file, nanos::get)) {
      store.commit(new Puts(Space.ROWS, Map.of("a", "1", "b", "2", "c", "")));
      nanos.set(60);
      store.mark();
      nanos.set(80);
      store.commit(new Deletion("b"));
      store.commit(new Puts(Space.TIMERS, Map.of("t", "later")));
    }
  }

  @Test
  void reader_givenToAnotherStore_makesTheSame() throws IOException {
    SimDisk replayed = new SimDisk(CrashPlan.never());
    try (CommitTrace.Reader trace = new CommitTrace.Reader(file);
        var store = replayed.open()) {
      for (var entry = trace.next(); entry.isPresent(); entry = trace.next()) {
        entry.get().batch().ifPresent(store::commit);
      }
    }
    assertEquals(3, replayed.commits());
    assertEquals(Map.of("a", "1", "c", ""), rows(recorded, Space.ROWS));
    for (Space space : Space.values()) {
      assertEquals(rows(recorded, space), rows(replayed, space));
    }
  }

  @Test
  void reader_knowsPartsAndWhenInThemACommitWas() throws IOException {
    try (CommitTrace.Reader trace = new CommitTrace.Reader(file)) {
      CommitTrace.Entry first = trace.next().orElseThrow();
      assertEquals(0, first.nanos());
      assertEquals(3, first.batch().orElseThrow().size());
      assertTrue(trace.next().orElseThrow().batch().isEmpty());
      assertEquals(20, trace.next().orElseThrow().nanos());
      assertEquals(1, trace.next().orElseThrow().batch().orElseThrow().size());
      assertTrue(trace.next().isEmpty());
    }
  }

  private static NavigableMap<String, String> rows(Reading reading, Space space) {
    NavigableMap<String, String> rows = new TreeMap<>();
    reading.scan(
        space,
        FIRST,
        LAST,
        (key, value) -> {
          rows.put(
              new String(key, StandardCharsets.UTF_8), new String(value, StandardCharsets.UTF_8));
          return true;
        });
    return rows;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private record Puts(Space space, Map<String, String> values) implements Batch {
    @Override
    public void forEach(Visitor visitor) {
      new TreeMap<>(values).forEach((key, value) -> visitor.visit(space, bytes(key), bytes(value)));
    }

    @Override
    public int size() {
      return values.size();
    }
  }

  private record Deletion(String key) implements Batch {
    @Override
    public void forEach(Visitor visitor) {
      visitor.visit(Space.ROWS, bytes(key), null);
    }

    @Override
    public int size() {
      return 1;
    }
  }
}
