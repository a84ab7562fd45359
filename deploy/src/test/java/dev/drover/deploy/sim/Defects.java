package dev.drover.deploy.sim;

import dev.drover.machine.Machine;
import dev.drover.machine.runtime.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Defects that were put in by hand; each must break an invariant that is about it. */
final class Defects {
  private Defects() {}

  /**
   * A defect.
   *
   * @param what is wrong
   * @param variant of one world
   * @param breaks invariants of which one must be seen to break; another one may break as well
   */
  record Defect(String what, Supplier<Variant> variant, Set<String> breaks) {}

  /** Returns the one of this name. */
  static Defect find(String what) {
    return all().stream().filter(defect -> defect.what().equals(what)).findFirst().orElseThrow();
  }

  /** Returns all of them. */
  static List<Defect> all() {
    List<Defect> all = new ArrayList<>();
    all.add(
        of(
            "a hub that loses its timers at a start",
            () -> BadStores.forgetful(Space.TIMERS, true),
            Quiet.TERMINAL));
    all.add(
        of(
            "a hub that does not resume its outbox",
            () -> BadStores.forgetful(Space.OUTBOX, true),
            AuditCheck.LOG,
            Quiet.TERMINAL,
            Quiet.COUNTERS,
            Quiet.PROBE));
    all.add(
        of(
            "an agent that does not resume its outbox",
            () -> BadStores.forgetful(Space.OUTBOX, false),
            Quiet.PROBE,
            Quiet.TRUTH,
            Quiet.TERMINAL));
    all.add(
        of(
            "a hub that acknowledges before it has synced",
            () -> BadStores.late(true),
            Invariants.EXPOSURE,
            Quiet.CONFIRMED,
            Quiet.TERMINAL,
            AuditCheck.RECORDS));
    all.add(
        of(
            "an agent that acknowledges before it has synced",
            () -> BadStores.late(false),
            Invariants.ONCE,
            Invariants.FOLLOWED,
            Quiet.TRUTH,
            Quiet.PROBE,
            AuditCheck.RECORDS));
    all.add(
        of(
            "a store that keeps half of a torn batch",
            BadStores::torn,
            AuditCheck.RECORDS,
            AuditCheck.LOG,
            Quiet.TRUTH,
            Quiet.TERMINAL));
    all.add(
        machine(
            "a stop that takes no lease back",
            HubDefects::stopTakesNothingBack,
            Invariants.TAKEN_BACK));
    all.add(machine("slots that are not counted", HubDefects::moreSlots, Invariants.EXPOSURE));
    all.add(machine("a gate that passes on no data", HubDefects::gateOfNobody, Invariants.GATES));
    all.add(machine("a success that is counted twice", HubDefects::successTwice, Quiet.COUNTERS));
    all.add(
        machine(
            "a retry that forgets the attempt number",
            HubDefects::retryWithoutNumber,
            Quiet.TERMINAL,
            Invariants.ATTEMPTS));
    all.add(
        machine(
            "a cancel that is confirmed and not done", HubDefects::cancelNotDone, Quiet.CONFIRMED));
    all.add(machine("a late success that is dropped", HubDefects::lateDropped, Quiet.TRUTH));
    all.add(
        machine(
            "an incarnation that is ignored",
            HubDefects::incarnationIgnored,
            Invariants.RECEIVED,
            Quiet.PROBE,
            Quiet.TRUTH));
    all.add(
        machine(
            "a restore that is not noticed",
            HubDefects::restoreNotNoticed,
            Quiet.PROBE,
            Quiet.DELIVERED,
            Invariants.FOLLOWED,
            Quiet.TERMINAL));
    all.add(
        machine(
            "a receipt for an audit batch that is no leaf",
            HubDefects::receiptWithoutLeaf,
            AuditCheck.GAPS));
    all.add(machine("an idempotency key that is ignored", HubDefects::keyIgnored, Quiet.CONFIRMED));
    all.add(
        machine(
            "commands that are never sent again",
            HubDefects::neverAgain,
            Quiet.PROBE,
            Quiet.DELIVERED));
    all.add(
        machine(
            "a repeated event that is taken for a new one",
            HubDefects::repeatedTaken,
            Invariants.RECEIVED));
    all.add(
        machine(
            "a call whose intent is not durable",
            AgentDefects::intentNotDurable,
            Invariants.ONCE,
            Invariants.ATTEMPTS,
            Quiet.TRUTH));
    all.add(
        machine(
            "a gap in the commands that is accepted",
            AgentDefects::gapAccepted,
            Invariants.FOLLOWED));
    all.add(
        machine(
            "a receipt that deletes more than it names",
            AgentDefects::receiptTooMuch,
            Quiet.TRUTH));
    all.add(
        machine(
            "an audit batch that is never sent",
            AgentDefects::batchLost,
            AuditCheck.GAPS,
            AuditCheck.RECORDS));
    all.add(
        machine(
            "an unknown outcome that is told as success",
            AgentDefects::unknownAsSuccess,
            Quiet.TRUTH));
    all.add(
        of(
            "a command of an old epoch that is accepted",
            AgentDefects::oldEpochAccepted,
            Invariants.FOLLOWED));
    all.add(
        machine(
            "an old event that ends a new attempt",
            HubDefects::anyAttempt,
            Invariants.SAID,
            Quiet.TRUTH,
            Invariants.ATTEMPTS));
    all.add(
        machine(
            "a revoked lease that still starts", AgentDefects::revokedStarts, Invariants.REVOKED));
    all.add(
        machine("an expired lease that starts", AgentDefects::expiredStarts, Invariants.EXPIRED));
    all.add(
        of(
            "a signature that is not checked",
            AgentDefects::signatureNotChecked,
            Invariants.GRANTED,
            Invariants.FOLLOWED));
    all.add(
        machine("an abort rule that is forgotten", SpecDefects::rulesForgotten, RuleCheck.RULES));
    all.add(
        machine(
            "failures that a gate forgives", SpecDefects::failuresForgiven, RuleCheck.FAILURES));
    all.add(
        machine(
            "figures that a gate does not ask for",
            SpecDefects::figuresNotAsked,
            RuleCheck.FIGURES));
    all.add(machine("a soak that is skipped", SpecDefects::soakSkipped, RuleCheck.SOAKED));
    all.add(machine("a rate that is not kept to", SpecDefects::rateIgnored, JobInvariants.RATE));
    all.add(
        machine(
            "approvals that are not waited for",
            SpecDefects::approvalsIgnored,
            JobInvariants.APPROVED));
    all.add(
        machine("a start that is not waited for", SpecDefects::startIgnored, JobInvariants.START));
    all.add(
        machine(
            "a way back that a device does not go",
            SpecDefects::wayBackNotGone,
            InstallLedger.BACK));
    all.add(
        machine("windows that a device ignores", SpecDefects::windowsIgnored, TurnWatch.WINDOWS));
    all.add(
        machine(
            "conditions that a device ignores",
            SpecDefects::conditionsIgnored,
            TurnWatch.CONDITIONS));
    return List.copyOf(all);
  }

  private static Defect of(String what, Supplier<Variant> variant, String... breaks) {
    return new Defect(what, variant, Set.of(breaks));
  }

  private static Defect machine(String what, UnaryOperator<Machine<?>> tamper, String... breaks) {
    return of(
        what,
        () ->
            new Variant() {
              @Override
              public Machine<?> machine(Machine<?> shipped) {
                return tamper.apply(shipped);
              }
            },
        breaks);
  }
}
