package dev.drover.machine;

import static dev.drover.machine.LedgerMachine.event;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every engine promises about events, rows and queues. {@link EffectContract} and {@link
 * TimerContract} go on with what is owed and with time. Each engine's tests extend all three.
 */
public abstract class EngineContract extends EngineFixture {
  @Test
  void submit_accepted_rowsAreThereWithTheReply() {
    assertEquals("1", text(ask("a", "add x").orThrow()));
    assertEquals("1", row("a", "id/x"));
    assertNull(row("b", "id/x"));
  }

  @Test
  void submit_manyForOneKey_steppedInOrder() {
    List<CompletableFuture<Reply>> replies =
        IntStream.range(0, 500).mapToObj(i -> submit("a", "add " + i)).toList();
    List<String> numbers = replies.stream().map(reply -> text(await(reply).orThrow())).toList();
    assertEquals(IntStream.rangeClosed(1, 500).mapToObj(Integer::toString).toList(), numbers);
  }

  @Test
  void restart_afterClose_rowsRemain() {
    ask("a", "add x");
    ask("a", "put gone 1");
    ask("a", "delete gone");
    restart();
    assertEquals("1", row("a", "n"));
    assertNull(row("a", "gone"));
    assertEquals("2", text(ask("a", "add y").orThrow()));
  }

  @Test
  void step_refuses_recordsAndTells() {
    Reply reply = ask("a", "refuse");
    Refusal refusal = present(reply.refusal());
    assertEquals(ErrorCode.POLICY_DENIED, refusal.code());
    assertEquals("1", row("a", "refused"));
    DroverException told = assertThrows(DroverException.class, reply::orThrow);
    assertEquals(ErrorCode.POLICY_DENIED.nextStep(), told.nextStep());
  }

  @Test
  void step_throwsRefusal_changesNothing() {
    Reply reply = ask("a", "put x 1;deny");
    assertEquals(ErrorCode.POLICY_DENIED, present(reply.refusal()).code());
    DroverException told = assertThrows(DroverException.class, reply::orThrow);
    assertEquals("Ask for less.", told.nextStep());
    assertNull(row("a", "x"));
  }

  @Test
  void step_defect_changesNothingAndLaterEventsWork() {
    assertEquals(ErrorCode.INTERNAL, awaitFailure(submit("a", "put x 1;defect")));
    assertNull(row("a", "x"));
    assertTrue(ask("a", "add y").accepted());
    assertTrue(engine().health().ok());
  }

  @Test
  void step_owesWhatNobodyDoes_isADefect() {
    assertEquals(ErrorCode.INTERNAL, awaitFailure(submit("a", "put x 1;effect nobody t p")));
    assertNull(row("a", "x"));
  }

  @Test
  void submit_badInput_refusedWithItsCode() {
    assertEquals(ErrorCode.MESSAGE_MALFORMED, awaitFailure(submit("a", "")));
    assertEquals(ErrorCode.INVALID_ARGUMENT, awaitFailure(submit("", "add x")));
    assertEquals(ErrorCode.INVALID_ARGUMENT, awaitFailure(submit("a\0b", "add x")));
    assertEquals(ErrorCode.LIMIT_EXCEEDED, awaitFailure(submit("k".repeat(513), "add x")));
    byte[] large = new byte[MachineLimits.EVENT_BYTES_MAX + 1];
    assertEquals(
        ErrorCode.LIMIT_EXCEEDED,
        awaitFailure(engine().submit(LedgerMachine.NAME, "a", large).toCompletableFuture()));
    assertEquals(
        ErrorCode.INVALID_ARGUMENT,
        awaitFailure(engine().submit("nobody", "a", event("x")).toCompletableFuture()));
  }

  @Test
  void mailbox_fullForOneKey_refusesAtOnceAndOnlyThere() {
    engine().close();
    start(EngineLimits.hub().withMailbox(100, 3));
    List<CompletableFuture<Reply>> accepted = new ArrayList<>();
    CompletableFuture<Reply> refused;
    try (EngineHarness.Hold hold = harness().hold(engine())) {
      present(hold);
      IntStream.range(0, 3).forEach(i -> accepted.add(submit("a", "add " + i)));
      refused = submit("a", "add over");
      assertTrue(refused.isCompletedExceptionally());
      accepted.add(submit("b", "add x"));
    }
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED, awaitFailure(refused));
    accepted.forEach(future -> assertTrue(await(future).accepted()));
    assertEquals("3", row("a", "n"));
    assertEquals(1, engine().health().refused());
    assertTrue(ask("a", "add later").accepted());
  }

  @Test
  void mailbox_fullOverAllKeys_refusesAtOnce() {
    engine().close();
    start(EngineLimits.hub().withMailbox(10, 10));
    int refused = 0;
    List<CompletableFuture<Reply>> all = new ArrayList<>();
    try (EngineHarness.Hold hold = harness().hold(engine())) {
      present(hold);
      for (int i = 0; i < 20; i++) {
        CompletableFuture<Reply> future = submit("k" + i, "add x");
        refused += future.isCompletedExceptionally() ? 1 : 0;
        all.add(future);
      }
    }
    harness().await(engine(), () -> all.stream().allMatch(CompletableFuture::isDone));
    assertTrue(refused >= 10, "refused " + refused);
    assertEquals(20 - refused, engine().scanKeys(LedgerMachine.NAME, "", 100).size());
  }

  @Test
  void scan_inAGroup_seesEarlierEventsOfTheGroup() {
    ask("a", "put p/1 x;put p/3 x;put q x");
    CompletableFuture<Reply> counted;
    try (EngineHarness.Hold hold = harness().hold(engine())) {
      present(hold);
      CompletableFuture<Reply> unused = submit("a", "put p/0 x;put p/2 x;delete p/3;put p/4 x");
      counted = submit("a", "count p/");
    }
    assertEquals("4", text(await(counted).orThrow()));
    assertEquals(List.of("p/0", "p/1", "p/2", "p/4"), names("a", "p/", "", 10));
  }

  @Test
  void scan_prefixFromAndLimit_returnsThoseRowsOfThisKeyOnly() {
    ask("a", "put p/1 1;put p/2 2;put p/3 3;put q 4");
    ask("a2", "put p/0 1;put p/9 1");
    assertEquals(List.of("p/1", "p/2"), names("a", "p/", "", 2));
    assertEquals(List.of("p/2", "p/3"), names("a", "p/", "p/2", 9));
    assertEquals(List.of("p/1", "p/2", "p/3", "q"), names("a", "", "", 9));
    assertEquals(List.of(), names("a", "p/", "p/4", 9));
    assertEquals(List.of(), names("none", "", "", 9));
    assertThrows(DroverException.class, () -> names("a", "", "", 0));
  }

  @Test
  void rows_largeOnes_comeBackWhole() {
    for (int i = 0; i < 40; i++) {
      ask("log", "big tile/" + (10 + i) + " 8192");
    }
    List<Row> rows = engine().read(LedgerMachine.NAME, "log", own -> own.scan("tile/", 100));
    assertEquals(40, rows.size());
    assertTrue(rows.stream().allMatch(row -> row.value().length == 8192));
    assertEquals(0, ask("log", "big empty 0").value().length);
    assertEquals("", row("log", "empty"));
  }

  @Test
  void scanKeys_pages_listsEveryKeyOnceInOrder() {
    for (int i = 0; i < 25; i++) {
      ask("k" + (100 + i), "put a 1;put b 2");
    }
    ask("gone", "put a 1");
    ask("gone", "delete a");
    List<String> found = new ArrayList<>();
    String after = "";
    for (List<String> page = engine().scanKeys(LedgerMachine.NAME, after, 7);
        !page.isEmpty();
        page = engine().scanKeys(LedgerMachine.NAME, after, 7)) {
      found.addAll(page);
      after = page.get(page.size() - 1);
    }
    assertEquals(IntStream.range(0, 25).mapToObj(i -> "k" + (100 + i)).toList(), found);
  }

  @Test
  void closed_refusesEverything() {
    ask("a", "add x");
    engine().close();
    engine().close();
    CompletableFuture<Reply> late = submit("a", "add y");
    assertTrue(late.isCompletedExceptionally());
    DroverException read = assertThrows(DroverException.class, () -> row("a", "n"));
    assertEquals(ErrorCode.UNAVAILABLE, read.code());
  }

  @Test
  void close_withEventsWaiting_answersThemFirst() {
    List<CompletableFuture<Reply>> all =
        IntStream.range(0, 100).mapToObj(i -> submit("a", "add " + i)).toList();
    engine().close();
    assertTrue(all.stream().allMatch(CompletableFuture::isDone));
    assertTrue(all.stream().allMatch(future -> future.join().accepted()));
    start(EngineLimits.hub());
    assertEquals("100", row("a", "n"));
  }

  @Test
  void register_twice_refused() {
    DroverException thrown =
        assertThrows(DroverException.class, () -> engine().register(new LedgerMachine()));
    assertEquals(ErrorCode.ALREADY_EXISTS, thrown.code());
  }

  @Test
  void schema_older_upgradedOnce() {
    ask("a", "put old 1");
    engine().close();
    StoreSchema second =
        new StoreSchema(
            2,
            Map.of(
                1,
                rows -> {
                  for (String key : rows.keys(LedgerMachine.NAME, "", 10)) {
                    byte[] value = rows.rows(LedgerMachine.NAME, key).get("old");
                    rows.delete(LedgerMachine.NAME, key, "old");
                    rows.put(LedgerMachine.NAME, key, "new", present(value));
                  }
                }));
    for (int i = 0; i < 2; i++) {
      engine().close();
      use(harness().open(second, EngineLimits.hub()));
      engine().register(new LedgerMachine());
      engine().start();
      assertEquals("1", row("a", "new"));
      assertNull(row("a", "old"));
    }
  }

  @Test
  void schema_newer_refusedBeforeAnythingIsWritten() {
    engine().close();
    use(harness().open(new StoreSchema(2, Map.of(1, rows -> {})), EngineLimits.hub()));
    engine().close();
    String before = harness().fingerprint();
    DroverException thrown =
        assertThrows(
            DroverException.class, () -> harness().open(StoreSchema.first(), EngineLimits.hub()));
    assertEquals(ErrorCode.STORE_TOO_NEW, thrown.code());
    assertEquals(before, harness().fingerprint());
  }

  private List<String> names(String key, String prefix, String from, int limit) {
    return engine()
        .read(
            LedgerMachine.NAME,
            key,
            rows -> rows.scan(prefix, from, limit).stream().map(Row::name).toList());
  }
}
