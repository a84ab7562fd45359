package dev.drover.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What engines with threads on a directory promise beside the rest. */
public abstract class DirectoryContract extends EngineFixture {
  /** Returns the harness, which owns a directory. */
  @Override
  protected abstract DirectoryHarness newHarness();

  @Test
  void open_directoryInUse_refused() {
    DroverException thrown =
        assertThrows(
            DroverException.class, () -> harness().open(StoreSchema.first(), EngineLimits.hub()));
    assertEquals(ErrorCode.DATA_DIRECTORY_IN_USE, thrown.code());
    assertTrue(ask("a", "add x").accepted());
  }

  @Test
  void open_notOnlyForItsOwner_isMadePrivate() throws IOException {
    DirectoryHarness fresh = newHarness();
    Files.delete(fresh.directory());
    try (Engine engine = fresh.open(StoreSchema.first(), EngineLimits.hub())) {
      assertTrue(engine.health().ok());
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(fresh.directory())));
    }
    fresh.close();
  }

  @Test
  void open_upgraderMissing_refused() {
    engine().close();
    DroverException thrown =
        assertThrows(
            DroverException.class,
            () -> harness().open(new StoreSchema(3, Map.of()), EngineLimits.hub()));
    assertEquals(ErrorCode.STORE_FAILED, thrown.code());
  }

  @Test
  void reply_comesOnAThread_thatDoesNotCommit() {
    CompletableFuture<String> name;
    try (EngineHarness.Hold hold = harness().hold(engine())) {
      assertTrue(hold != null);
      name = submit("a", "add x").thenApply(reply -> Thread.currentThread().getName());
    }
    harness().await(engine(), name::isDone);
    assertFalse(name.join().contains("committer"), name.join());
  }

  @Test
  void reply_callbackSubmitsAgain_works() {
    CompletableFuture<Reply> second =
        submit("a", "add x").thenCompose(reply -> submit("a", "add y"));
    assertEquals("2", text(await(second).orThrow()));
  }
}
