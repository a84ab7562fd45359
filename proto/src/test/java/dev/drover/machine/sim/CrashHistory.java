package dev.drover.machine.sim;

import static dev.drover.machine.LedgerMachine.event;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.machine.EffectResult;
import dev.drover.machine.LedgerMachine;
import dev.drover.machine.OwedEffect;
import dev.drover.machine.Row;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.EngineOptions;
import dev.drover.machine.runtime.StoreCheck;
import dev.drover.machine.runtime.StoreSchema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A history with sends, timers, effects and outcomes that the power may end at any point, and the
 * check of what is left of it.
 *
 * <p>Each event adds an id to a key, sends it to the key's peer, sets a timer that adds {@code
 * t-id} and owes an effect whose outcome adds {@code o-id}.
 */
final class CrashHistory {
  private static final int KEYS = 3;
  private static final long TIMER_MS = 1_000;

  private final SimDisk disk;
  private final SimTime time = new SimTime(1_800_000_000_000L);
  private final RandomGenerator random;
  private final int events;
  private final int groupEvents;
  private final Set<String> acknowledged = new LinkedHashSet<>();
  private final Map<String, List<String>> performed = new HashMap<>();
  private final List<String> trace = new ArrayList<>();
  private int submitted;
  private int crashes;
  private long lastMs;
  private SimEngine engine;

  CrashHistory(CrashPlan plan, RandomGenerator random, int events, int groupEvents) {
    this.disk = new SimDisk(plan);
    this.random = random;
    this.events = events;
    this.groupEvents = groupEvents;
    this.engine = restart();
  }

  /** Lives through the history, crashes included, until everything has come to rest. */
  CrashHistory live() {
    while (true) {
      try {
        while (submitted < events) {
          submit();
          work(random.nextInt(4));
        }
        settle();
        return this;
      } catch (SimulatedCrash crash) {
        crashes++;
        trace.add("crash: " + crash.getMessage());
        engine = restart();
      }
    }
  }

  /** Lets a crash happen again after a random number of points. */
  CrashHistory crashAgain() {
    disk.plan().crashAfter(1 + random.nextInt(60));
    return this;
  }

  /** Checks that nothing acknowledged is lost and nothing was done twice. */
  void check() {
    disk.plan().calm();
    for (int k = 0; k < KEYS; k++) {
      String key = "k" + k;
      Set<String> ids = ids(key);
      Set<String> own = new TreeSet<>();
      ids.stream().filter(id -> !id.contains("-")).forEach(own::add);
      assertNull(row(key, "doubles"), "stepped twice");
      assertNull(row("peer-" + key, "doubles"), "sent twice");
      assertEquals(Integer.toString(ids.size()), ids.isEmpty() ? "0" : row(key, "n"));
      assertEquals(own, ids("peer-" + key), "sends");
      for (String id : own) {
        assertTrue(ids.contains("t-" + id), "timer of " + id);
        assertTrue(ids.contains("o-" + id), "outcome of " + id);
      }
      assertEquals(3 * own.size(), ids.size(), "nothing else");
      assertPerformed(key, own);
    }
    for (String one : acknowledged) {
      String[] keyAndId = one.split("/");
      assertTrue(ids(keyAndId[0]).contains(keyAndId[1]), "acknowledged and lost: " + one);
    }
    assertEquals(0, engine.health().owed());
    assertEquals(0, engine.health().dropped());
    engine.close();
    assertEquals(List.of(), StoreCheck.problems(disk));
  }

  int crashes() {
    return crashes;
  }

  List<String> trace() {
    return trace;
  }

  private void submit() {
    String key = "k" + submitted % KEYS;
    String id = Integer.toString(submitted);
    submitted++;
    String timer = "timer t" + id + " " + (engine.nowMs() + TIMER_MS) + " add_t-" + id;
    String commands =
        "add "
            + id
            + ";send peer-"
            + key
            + " add_"
            + id
            + ";"
            + timer
            + ";effect do "
            + key
            + " "
            + id;
    CompletableFuture<?> unused =
        engine
            .submit(LedgerMachine.NAME, key, event(commands))
            .thenAccept(reply -> acknowledge(key, id, reply.accepted()))
            .toCompletableFuture();
  }

  private void acknowledge(String key, String id, boolean accepted) {
    assertTrue(accepted);
    acknowledged.add(key + "/" + id);
    trace.add("ack " + key + "/" + id);
  }

  private void work(int pieces) {
    for (int i = 0; i < pieces; i++) {
      engine.runOne();
    }
    checkTime();
  }

  private void settle() {
    for (int i = 0; i < 5; i++) {
      engine.runUntilIdle();
      time.advance(2 * TIMER_MS);
      checkTime();
    }
  }

  private void checkTime() {
    long nowMs = engine.nowMs();
    assertTrue(nowMs >= lastMs, "time fell");
    lastMs = nowMs;
  }

  private SimEngine restart() {
    while (true) {
      try {
        return start();
      } catch (SimulatedCrash again) {
        crashes++;
      }
    }
  }

  private SimEngine start() {
    EngineLimits limits = EngineLimits.hub().withGroupEvents(groupEvents);
    EngineOptions options = EngineOptions.of(StoreSchema.first(), limits, time.source());
    SimEngine opened = new SimEngine(disk, options, random);
    opened.register(new LedgerMachine());
    opened.handle("do", this::perform);
    opened.start();
    return opened;
  }

  private CompletionStage<EffectResult> perform(OwedEffect effect) {
    String id = new String(effect.effect().payload(), StandardCharsets.UTF_8);
    performed.computeIfAbsent(effect.key(), key -> new ArrayList<>()).add(id);
    trace.add("do " + effect.id());
    return CompletableFuture.completedFuture(EffectResult.event(event("add o-" + id)));
  }

  /** Every effect was performed, first in order, and never again after one that came later. */
  private void assertPerformed(String key, Set<String> own) {
    List<String> done = performed.getOrDefault(key, List.of());
    assertEquals(own, new TreeSet<>(done), "effects");
    List<Integer> numbers = done.stream().map(Integer::valueOf).toList();
    assertEquals(numbers.stream().sorted().toList(), numbers, "effects in order");
  }

  private Set<String> ids(String key) {
    Set<String> ids = new TreeSet<>();
    List<Row> rows = engine.read(LedgerMachine.NAME, key, own -> own.scan("id/", 4096));
    rows.forEach(row -> ids.add(row.name().substring("id/".length())));
    return ids;
  }

  private @Nullable String row(String key, String row) {
    byte[] value = engine.read(LedgerMachine.NAME, key, own -> own.get(row));
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }
}
