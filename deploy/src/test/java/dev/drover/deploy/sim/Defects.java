package dev.drover.deploy.sim;

import dev.drover.machine.Machine;
import dev.drover.machine.runtime.Space;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Defects that were put in by hand, by what is wrong; each must break an invariant. */
final class Defects {
  private Defects() {}

  /** Returns all of them; a variant belongs to one world. */
  static Map<String, Supplier<Variant>> all() {
    Map<String, Supplier<Variant>> all = new LinkedHashMap<>();
    all.put(
        "a hub that loses its timers at a start", () -> BadStores.forgetful(Space.TIMERS, true));
    all.put("a hub that does not resume its outbox", () -> BadStores.forgetful(Space.OUTBOX, true));
    all.put(
        "an agent that does not resume its outbox", () -> BadStores.forgetful(Space.OUTBOX, false));
    all.put("a hub that acknowledges before it has synced", () -> BadStores.late(true));
    all.put("an agent that acknowledges before it has synced", () -> BadStores.late(false));
    all.put("a store that keeps half of a torn batch", BadStores::torn);
    machine(all, "a stop that takes no lease back", HubDefects::stopTakesNothingBack);
    machine(all, "slots that are not counted", HubDefects::moreSlots);
    machine(all, "a gate that passes on no data", HubDefects::gateOfNobody);
    machine(all, "a success that is counted twice", HubDefects::successTwice);
    machine(all, "a retry that forgets the attempt number", HubDefects::retryWithoutNumber);
    machine(all, "a cancel that is confirmed and not done", HubDefects::cancelNotDone);
    machine(all, "a late success that is dropped", HubDefects::lateDropped);
    machine(all, "an incarnation that is ignored", HubDefects::incarnationIgnored);
    machine(all, "a restore that is not noticed", HubDefects::restoreNotNoticed);
    machine(all, "a receipt for an audit batch that is no leaf", HubDefects::receiptWithoutLeaf);
    machine(all, "an idempotency key that is ignored", HubDefects::keyIgnored);
    machine(all, "commands that are never sent again", HubDefects::neverAgain);
    machine(all, "a repeated event that is taken for a new one", HubDefects::repeatedTaken);
    machine(all, "a call whose intent is not durable", AgentDefects::intentNotDurable);
    machine(all, "a gap in the commands that is accepted", AgentDefects::gapAccepted);
    machine(all, "a receipt that deletes more than it names", AgentDefects::receiptTooMuch);
    machine(all, "an audit batch that is never sent", AgentDefects::batchLost);
    machine(all, "an unknown outcome that is told as success", AgentDefects::unknownAsSuccess);
    all.put("a command of an old epoch that is accepted", AgentDefects::oldEpochAccepted);
    machine(all, "an old event that ends a new attempt", HubDefects::anyAttempt);
    machine(all, "a revoked lease that still starts", AgentDefects::revokedStarts);
    machine(all, "an expired lease that starts", AgentDefects::expiredStarts);
    all.put("a signature that is not checked", AgentDefects::signatureNotChecked);
    return all;
  }

  private static void machine(
      Map<String, Supplier<Variant>> all, String name, UnaryOperator<Machine<?>> tamper) {
    all.put(
        name,
        () ->
            new Variant() {
              @Override
              public Machine<?> machine(Machine<?> shipped) {
                return tamper.apply(shipped);
              }
            });
  }
}
