package dev.drover.machine;

import static dev.drover.machine.LedgerMachine.event;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.machine.runtime.EngineLimits;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every engine promises about effects and about events between machines. */
public abstract class EffectContract extends EngineFixture {
  private final List<OwedEffect> performed = Collections.synchronizedList(new ArrayList<>());
  private final List<String> seenRows = Collections.synchronizedList(new ArrayList<>());
  private final Set<String> failing = ConcurrentHashMap.newKeySet();
  private final Map<String, CompletableFuture<EffectResult>> pending = new ConcurrentHashMap<>();

  @Override
  protected void handlers(Engine toStart) {
    toStart.handle("note", this::note);
    toStart.handle("outcome", effect -> outcome(effect));
    toStart.handle("later", this::later);
  }

  private CompletionStage<EffectResult> note(OwedEffect effect) {
    performed.add(effect);
    seenRows.add(String.valueOf(row(effect.key(), "n")));
    if (failing.contains(effect.key())) {
      throw new IllegalStateException("fails as told");
    }
    return EffectResult.doneStage();
  }

  private CompletionStage<EffectResult> outcome(OwedEffect effect) {
    performed.add(effect);
    String commands =
        "add done-" + effect.seq() + ";put outcome " + text(effect.effect().payload());
    return CompletableFuture.completedFuture(EffectResult.event(event(commands)));
  }

  private CompletionStage<EffectResult> later(OwedEffect effect) {
    performed.add(effect);
    return pending.computeIfAbsent(effect.key(), key -> new CompletableFuture<>());
  }

  @Test
  void effect_performed_afterItsStepIsDurable() {
    ask("a", "add x;effect note t p");
    harness().await(engine(), () -> performed.size() == 1);
    OwedEffect effect = performed.get(0);
    assertEquals(List.of("1"), seenRows);
    assertEquals("ledger|a|" + effect.seq(), effect.id());
    assertEquals("t", effect.effect().target());
    assertEquals("p", text(effect.effect().payload()));
    assertFalse(effect.maybePerformed());
  }

  @Test
  void effects_ofOneKey_performedInOrder() {
    for (int i = 0; i < 100; i++) {
      CompletableFuture<Reply> unused =
          submit("a", "effect note t " + i + ";effect note t " + i + "b");
    }
    harness().await(engine(), () -> performed.size() == 200);
    List<String> payloads = performed.stream().map(e -> text(e.effect().payload())).toList();
    assertEquals(
        IntStream.range(0, 100).boxed().flatMap(i -> List.of("" + i, i + "b").stream()).toList(),
        payloads);
    List<Long> seqs = performed.stream().map(OwedEffect::seq).toList();
    assertEquals(seqs.stream().distinct().sorted().toList(), seqs);
  }

  @Test
  void effect_fails_repeatedWithItsIdAndHoldsUpItsKeyOnly() {
    failing.add("a");
    ask("a", "effect note t first");
    ask("a", "effect note t second");
    ask("b", "effect note t other");
    harness().await(engine(), () -> performed.stream().anyMatch(e -> e.key().equals("b")));
    harness().await(engine(), () -> later(60_000) && ofKey("a").size() >= 4);
    List<OwedEffect> attempts = ofKey("a");
    assertEquals(1, attempts.stream().map(OwedEffect::id).distinct().count());
    assertEquals(List.of(1, 2, 3, 4), attempts.stream().map(OwedEffect::attempt).limit(4).toList());
    assertTrue(attempts.get(1).maybePerformed());
    failing.clear();
    harness().await(engine(), () -> later(60_000) && last("a").equals("second"));
    assertEquals(2, ofKey("a").stream().map(OwedEffect::id).distinct().count());
    assertTrue(engine().health().retries() >= 4);
  }

  @Test
  void effect_notDoneAtClose_performedAgainAfterTheRestart() {
    ask("a", "effect later t p;effect note t q");
    harness().await(engine(), () -> performed.size() == 1);
    String id = performed.get(0).id();
    pending.values().forEach(future -> future.completeExceptionally(new IllegalStateException()));
    pending.clear();
    restart();
    harness().await(engine(), () -> performed.size() == 2);
    assertEquals(id, performed.get(1).id());
    assertTrue(performed.get(1).maybePerformed());
    pending.values().forEach(future -> future.complete(EffectResult.done()));
    harness().await(engine(), () -> performed.size() == 3);
    assertEquals("q", text(performed.get(2).effect().payload()));
    restart();
    harness().settle(engine());
    assertEquals(3, performed.size());
    assertEquals(0, engine().health().owed());
  }

  @Test
  void effect_withOutcome_reachesItsKeyOnce() {
    ask("a", "effect outcome t ok");
    harness().await(engine(), () -> "ok".equals(row("a", "outcome")));
    restart();
    harness().settle(engine());
    assertEquals("1", row("a", "n"));
    assertNull(row("a", "doubles"));
    assertEquals(1, performed.size());
  }

  @Test
  void effect_outcomeThatDoesNotParse_isDroppedAndCounted() {
    pending.put("a", CompletableFuture.completedFuture(EffectResult.event(new byte[0])));
    ask("a", "effect later t p");
    harness().await(engine(), () -> engine().health().dropped() == 1);
    harness().await(engine(), () -> later(2_000) && engine().health().owed() == 0);
  }

  @Test
  void effects_tooManyOwed_eventsRefused() {
    engine().close();
    EngineLimits hub = EngineLimits.hub();
    start(
        new EngineLimits(
            hub.mailboxMax(),
            hub.mailboxKeyMax(),
            hub.mailboxBytesMax(),
            hub.groupEventsMax(),
            hub.groupBytesMax(),
            3,
            hub.performingMax()));
    ask("a", "effect later t 1;effect later t 2;effect later t 3");
    CompletableFuture<Reply> refused = submit("b", "add x");
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED, awaitFailure(refused));
    harness().await(engine(), () -> performed.size() == 1);
    pending.values().forEach(future -> future.complete(EffectResult.done()));
    harness().await(engine(), () -> later(2_000) && engine().health().owed() == 0);
    assertTrue(ask("b", "add x").accepted());
  }

  @Test
  void start_owedToNobody_refused() {
    ask("a", "effect later t p");
    harness().await(engine(), () -> performed.size() == 1);
    pending.values().forEach(future -> future.completeExceptionally(new IllegalStateException()));
    engine().close();
    use(harness().open(StoreSchema.first(), EngineLimits.hub()));
    engine().register(new LedgerMachine());
    DroverException thrown = assertThrows(DroverException.class, engine()::start);
    assertEquals(ErrorCode.INTERNAL, thrown.code());
  }

  @Test
  void send_toAnotherKey_deliveredOnce() {
    ask("a", "send b add_x");
    harness().await(engine(), () -> "1".equals(row("b", "n")));
    restart();
    harness().settle(engine());
    assertEquals("1", row("b", "n"));
    assertEquals(0, engine().health().owed());
  }

  @Test
  void send_chainOfHops_eachOnce() {
    ask("ping", "hop x 200");
    harness().await(engine(), () -> "100".equals(row("pong", "n")));
    harness().await(engine(), () -> "101".equals(row("ping", "n")));
    assertNull(row("ping", "doubles"));
    assertNull(row("pong", "doubles"));
  }

  @Test
  void send_toManyKeysInSmallGroups_eachOnce() {
    engine().close();
    start(EngineLimits.hub().withGroupEvents(7));
    ask("a", "fan 300 k");
    harness().await(engine(), () -> engine().health().owed() == 0 && row("k299", "n") != null);
    assertEquals(300, engine().scanKeys(LedgerMachine.NAME, "", 1000).size());
    for (int i = 0; i < 300; i++) {
      assertEquals("1", row("k" + i, "n"));
    }
  }

  @Test
  void send_targetRefusesOrFails_isDroppedCountedAndOthersGoOn() {
    ask("a", "send b defect;send c add_x");
    harness().await(engine(), () -> "1".equals(row("c", "n")));
    assertEquals(1, engine().health().dropped());
    assertTrue(engine().health().ok());
  }

  private boolean later(long ms) {
    harness().time().advance(ms);
    return true;
  }

  private String last(String key) {
    List<OwedEffect> all = ofKey(key);
    return text(all.get(all.size() - 1).effect().payload());
  }

  private List<OwedEffect> ofKey(String key) {
    synchronized (performed) {
      return performed.stream().filter(effect -> effect.key().equals(key)).toList();
    }
  }
}
