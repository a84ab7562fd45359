package dev.drover.machine;

import static dev.drover.machine.LedgerMachine.event;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the contract tests of engines share: an engine with the ledger machine over an empty disk,
 * which is checked after each test.
 */
public abstract class EngineFixture {
  private EngineHarness harness;
  private Engine engine;

  /** Returns a harness over an empty disk. */
  protected abstract EngineHarness newHarness();

  @BeforeEach
  final void openEngine() {
    harness = newHarness();
    engine = start(EngineLimits.hub());
  }

  @AfterEach
  final void checkDisk() {
    engine.close();
    assertEquals(List.of(), harness.problems());
    harness.close();
  }

  /** Returns the harness of this test. */
  protected final EngineHarness harness() {
    return harness;
  }

  /** Returns the engine that is open. */
  protected final Engine engine() {
    return engine;
  }

  /** Opens and starts an engine with the ledger machine; subclasses add handlers. */
  protected final Engine start(EngineLimits limits) {
    engine = harness.open(StoreSchema.first(), limits);
    engine.register(new LedgerMachine());
    handlers(engine);
    engine.start();
    return engine;
  }

  /** Registers the handlers that a test needs. */
  protected void handlers(Engine toStart) {}

  /** Takes another engine as the one that is open. */
  protected final void use(Engine opened) {
    engine = opened;
  }

  /** Closes the engine and opens the next one on the same disk. */
  protected final void restart() {
    engine.close();
    start(EngineLimits.hub());
  }

  /** Submits to the ledger and returns what becomes of it. */
  protected final CompletableFuture<Reply> submit(String key, String commands) {
    CompletionStage<Reply> stage = engine.submit(LedgerMachine.NAME, key, event(commands));
    return stage.toCompletableFuture();
  }

  /** Submits, waits and returns the reply. */
  protected final Reply ask(String key, String commands) {
    return await(submit(key, commands));
  }

  /** Waits for a reply. */
  protected final Reply await(CompletableFuture<Reply> future) {
    harness.await(engine, future::isDone);
    return future.join();
  }

  /** Waits for a failure and returns its code. */
  protected final ErrorCode awaitFailure(CompletableFuture<Reply> future) {
    harness.await(engine, future::isDone);
    Throwable thrown = assertThrows(CompletionException.class, future::join).getCause();
    return ((DroverException) thrown).code();
  }

  /** Returns a committed row as text. */
  protected final @Nullable String row(String key, String row) {
    byte[] value = engine.read(LedgerMachine.NAME, key, rows -> rows.get(row));
    return value == null ? null : text(value);
  }

  /** Returns the bytes as text. */
  protected static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Returns the value, which is expected to be there. */
  protected static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new AssertionError("expected a value");
    }
    return value;
  }
}
