package dev.drover.machine.runtime;

import static dev.drover.machine.LedgerMachine.event;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.machine.LedgerMachine;
import dev.drover.machine.Reply;
import dev.drover.machine.sim.CrashPlan;
import dev.drover.machine.sim.SimDisk;
import dev.drover.machine.sim.SimEngine;
import dev.drover.machine.sim.SimTime;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A disk that refuses writes: nothing more is acknowledged, and nothing acknowledged is lost. */
class FailingDiskTest {
  private final SimDisk disk = new SimDisk(CrashPlan.never());
  private final SimTime time = new SimTime(1_800_000_000_000L);
  private final List<ErrorCode> failures = new ArrayList<>();
  private int events;

  @Test
  void commit_diskFull_refusesThenAndLaterAndTellsHealth() {
    SimEngine engine = start();
    CompletableFuture<Reply> before = submit(engine, "add x");
    engine.runUntilIdle();
    assertTrue(before.join().accepted());
    assertEquals(1, events);
    assertEquals(List.of(), failures);
    disk.fail(ErrorCode.DISK_FULL);
    CompletableFuture<Reply> during = submit(engine, "add y");
    CompletableFuture<Reply> behind = submit(engine, "add z");
    engine.runUntilIdle();
    assertEquals(ErrorCode.DISK_FULL, code(during));
    assertEquals(ErrorCode.DISK_FULL, code(behind));
    assertEquals(ErrorCode.DISK_FULL, code(submit(engine, "add later")));
    assertEquals(Optional.of(ErrorCode.DISK_FULL), engine.health().failure());
    assertFalse(engine.health().ok());
    engine.close();
    assertEquals(List.of(ErrorCode.DISK_FULL), failures);
    assertEquals(1, events);

    disk.fail(null);
    SimEngine next = start();
    assertEquals("1", row(next, "id/x"));
    assertNull(row(next, "id/y"));
    CompletableFuture<Reply> after = submit(next, "add w");
    next.runUntilIdle();
    assertTrue(after.join().accepted());
  }

  @Test
  void open_diskFails_tellsWhy() {
    disk.fail(ErrorCode.STORE_FAILED);
    DroverException thrown = assertThrows(DroverException.class, this::start);
    assertEquals(ErrorCode.STORE_FAILED, thrown.code());
  }

  private SimEngine start() {
    EngineOptions options =
        EngineOptions.of(
                StoreSchema.first(), EngineLimits.device().withGroupEvents(1), time.source())
            .withListener(new Told());
    SimEngine engine = new SimEngine(disk, options, new Random(1));
    engine.register(new LedgerMachine());
    engine.start();
    return engine;
  }

  private static CompletableFuture<Reply> submit(SimEngine engine, String commands) {
    return engine.submit(LedgerMachine.NAME, "a", event(commands)).toCompletableFuture();
  }

  private static ErrorCode code(CompletableFuture<Reply> future) {
    Throwable thrown = assertThrows(CompletionException.class, future::join).getCause();
    return ((DroverException) thrown).code();
  }

  private static @Nullable String row(SimEngine engine, String row) {
    byte[] value = engine.read(LedgerMachine.NAME, "a", rows -> rows.get(row));
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  private final class Told implements EngineListener {
    @Override
    public void committed(int stepped, long bytes, long nanos) {
      events += stepped;
    }

    @Override
    public void failed(ErrorCode code) {
      failures.add(code);
    }
  }
}
