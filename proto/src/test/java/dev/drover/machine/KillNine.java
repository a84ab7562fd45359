package dev.drover.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.machine.runtime.EngineClock;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.machine.runtime.StoreSchema;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A process that submits events and prints what was acknowledged, killed with {@code -9} at random
 * moments; afterwards everything acknowledged is there, once.
 *
 * <p>Each event adds an id to a key, sends the same id to the key's peer, and owes an effect that
 * writes the id to a file.
 */
public final class KillNine {
  private static final int KEYS = 8;
  private static final int IN_FLIGHT = 48;
  private static final long WAIT_SECONDS_MAX = 60;

  private KillNine() {}

  /** Opens the engine under test on a directory. */
  @FunctionalInterface
  public interface Opener {
    /** Opens an engine. */
    Engine open(Path directory, EngineOptions options);
  }

  /** The child's main method: submits until it is killed. Arguments: directory, round. */
  public static void child(String[] arguments, Opener opener) {
    Path directory = Path.of(arguments[0]);
    Engine engine = open(opener, directory);
    Semaphore room = new Semaphore(IN_FLIGHT);
    for (int i = 0; ; i++) {
      String id = arguments[1] + "-" + i;
      String key = "k" + i % KEYS;
      room.acquireUninterruptibly();
      Object unused =
          engine
              .submit(LedgerMachine.NAME, key, LedgerMachine.event(commands(key, id)))
              .whenComplete((reply, failure) -> acknowledge(room, key, id, failure));
    }
  }

  /**
   * Kills a child several times and checks what is left.
   *
   * @param main class with a main method that calls {@link #child}
   */
  public static void check(Class<?> main, Path directory, Opener opener, int rounds)
      throws IOException, InterruptedException {
    Random random = new Random(20_261_121);
    Set<String> acknowledged = new HashSet<>();
    for (int round = 0; round < rounds; round++) {
      killAfter(start(main, directory, round), 1 + random.nextInt(1500), acknowledged);
    }
    assertTrue(acknowledged.size() >= rounds, "acknowledged " + acknowledged.size());
    try (Engine engine = open(opener, directory)) {
      Awaitility.await()
          .atMost(WAIT_SECONDS_MAX, TimeUnit.SECONDS)
          .until(() -> sent(engine) && effects(directory).containsAll(ids(engine)));
      Set<String> durable = ids(engine);
      assertTrue(durable.containsAll(acknowledged), "an acknowledged event is lost");
      for (int i = 0; i < KEYS; i++) {
        assertOnce(engine, "k" + i);
        assertOnce(engine, "peer-k" + i);
        assertEquals(ids(engine, "k" + i), ids(engine, "peer-k" + i));
      }
    }
  }

  private static String commands(String key, String id) {
    return "add " + id + ";send peer-" + key + " add_" + id + ";effect write " + key + " " + id;
  }

  private static synchronized void acknowledge(
      Semaphore room, String key, String id, @Nullable Throwable failure) {
    if (failure == null) {
      System.out.println("ack " + key + "/" + id);
    }
    room.release();
  }

  private static Engine open(Opener opener, Path directory) {
    EngineTime time =
        new EngineTime(InstantSource.system(), monotonic(), EngineClock.Policy.standard(), 10_000);
    // Small groups, so that a kill leaves sends that are owed.
    EngineLimits limits = EngineLimits.device().withGroupEvents(5);
    EngineOptions options = EngineOptions.of(StoreSchema.first(), limits, time);
    Engine engine = opener.open(directory.resolve("engine"), options);
    engine.register(new LedgerMachine());
    engine.handle("write", effect -> write(directory.resolve("effects"), effect));
    engine.start();
    return engine;
  }

  /** A clock that needs no system clock: it advances with each reading. */
  private static LongSupplier monotonic() {
    AtomicLong nanos = new AtomicLong();
    return () -> nanos.addAndGet(100_000);
  }

  private static CompletionStage<EffectResult> write(Path file, OwedEffect effect) {
    String line = effect.key() + "/" + text(effect.effect().payload()) + "\n";
    try {
      Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return EffectResult.doneStage();
  }

  private static Process start(Class<?> main, Path directory, int round) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            directory.toString(),
            "r" + round)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static void killAfter(Process child, int lines, Set<String> acknowledged)
      throws IOException, InterruptedException {
    try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
      for (int i = 0; i < lines; i++) {
        String line = out.readLine();
        if (line == null) {
          throw new AssertionError("The child ended by itself with " + child.waitFor());
        }
        note(line, acknowledged);
      }
      // The handle's method kills and leaves the streams open; what was printed is still read.
      child.toHandle().destroyForcibly();
      out.lines().forEach(line -> note(line, acknowledged));
      child.waitFor();
    } finally {
      child.destroyForcibly();
    }
  }

  private static void note(String line, Set<String> acknowledged) {
    // The last line may be torn by the kill; a whole one ends in a number after the round.
    if (line.matches("ack k[0-9]+/r[0-9]+-[0-9]+")) {
      acknowledged.add(line.substring("ack ".length()));
    }
  }

  private static boolean sent(Engine engine) {
    return engine.health().owed() == 0
        || (ids(engine, "k0").equals(ids(engine, "peer-k0"))
            && ids(engine, "k7").equals(ids(engine, "peer-k7")));
  }

  private static Set<String> effects(Path directory) throws IOException {
    Path file = directory.resolve("effects");
    return Files.exists(file) ? new HashSet<>(Files.readAllLines(file)) : Set.of();
  }

  private static Set<String> ids(Engine engine) {
    Set<String> all = new HashSet<>();
    for (int i = 0; i < KEYS; i++) {
      String key = "k" + i;
      ids(engine, key).forEach(id -> all.add(key + "/" + id));
    }
    return all;
  }

  private static Set<String> ids(Engine engine, String key) {
    Set<String> ids = new HashSet<>();
    List<Row> page = page(engine, key, "");
    while (!page.isEmpty()) {
      page.forEach(row -> ids.add(row.name().substring("id/".length())));
      page = page(engine, key, page.get(page.size() - 1).name() + "!");
    }
    return ids;
  }

  private static List<Row> page(Engine engine, String key, String from) {
    return engine.read(LedgerMachine.NAME, key, rows -> rows.scan("id/", from, 1000));
  }

  private static void assertOnce(Engine engine, String key) {
    engine.read(
        LedgerMachine.NAME,
        key,
        rows -> {
          assertTrue(rows.get("doubles") == null, "an event was stepped twice");
          byte[] count = rows.get("n");
          return assertEqualsAndReturn(
              Integer.toString(countOf(rows)), count == null ? "0" : text(count));
        });
  }

  private static int countOf(RowReader rows) {
    int count = 0;
    List<Row> page = rows.scan("id/", "", 1000);
    while (!page.isEmpty()) {
      count += page.size();
      page = rows.scan("id/", page.get(page.size() - 1).name() + "!", 1000);
    }
    return count;
  }

  private static boolean assertEqualsAndReturn(String expected, String actual) {
    assertEquals(expected, actual);
    return true;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
