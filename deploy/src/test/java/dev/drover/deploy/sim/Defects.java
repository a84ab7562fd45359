package dev.drover.deploy.sim;

import dev.drover.machine.Machine;
import dev.drover.machine.runtime.Space;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

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
    return Stream.of(stores(), jobs(), hub(), agents(), asked()).flatMap(List::stream).toList();
  }

  /** Stores that lose or keep what they must not. */
  private static List<Defect> stores() {
    return List.of(
        of(
            "a hub that loses its timers at a start",
            () -> BadStores.forgetful(Space.TIMERS, true),
            Quiet.TERMINAL),
        of(
            "a hub that does not resume its outbox",
            () -> BadStores.forgetful(Space.OUTBOX, true),
            AuditCheck.LOG,
            Quiet.TERMINAL,
            Quiet.COUNTERS,
            Quiet.PROBE),
        of(
            "an agent that does not resume its outbox",
            () -> BadStores.forgetful(Space.OUTBOX, false),
            Quiet.PROBE,
            Quiet.TRUTH,
            Quiet.TERMINAL),
        of(
            "a hub that acknowledges before it has synced",
            () -> BadStores.late(true),
            Invariants.EXPOSURE,
            Quiet.CONFIRMED,
            Quiet.TERMINAL,
            AuditCheck.RECORDS),
        of(
            "an agent that acknowledges before it has synced",
            () -> BadStores.late(false),
            Invariants.ONCE,
            Invariants.FOLLOWED,
            Quiet.TRUTH,
            Quiet.PROBE,
            AuditCheck.RECORDS),
        of(
            "a store that keeps half of a torn batch",
            BadStores::torn,
            AuditCheck.RECORDS,
            AuditCheck.LOG,
            Quiet.TRUTH,
            Quiet.TERMINAL));
  }

  /** Jobs on the hub. */
  private static List<Defect> jobs() {
    return List.of(
        machine(
            "a stop that takes no lease back",
            HubDefects::stopTakesNothingBack,
            Invariants.TAKEN_BACK),
        machine(
            "a stop that does not reach what runs",
            HubDefects::stopOnlyTakesBack,
            Invariants.STOPPED),
        machine("a retry that is not woken", HubDefects::retryNotWoken, Invariants.WOKEN),
        machine("slots that are not counted", HubDefects::moreSlots, Invariants.EXPOSURE),
        machine("a gate that passes on no data", HubDefects::gateOfNobody, Invariants.GATES),
        machine("a success that is counted twice", HubDefects::successTwice, Quiet.COUNTERS),
        machine(
            "a retry that forgets the attempt number",
            HubDefects::retryWithoutNumber,
            Quiet.TERMINAL,
            Invariants.ATTEMPTS),
        machine(
            "a cancel that is confirmed and not done", HubDefects::cancelNotDone, Quiet.CONFIRMED),
        machine("a late success that is dropped", HubDefects::lateDropped, Quiet.TRUTH));
  }

  /** What else the hub does. */
  private static List<Defect> hub() {
    return List.of(
        machine(
            "an old event that ends a new attempt",
            HubDefects::anyAttempt,
            Invariants.SAID,
            Quiet.TRUTH,
            Invariants.ATTEMPTS),
        machine(
            "an incarnation that is ignored",
            HubDefects::incarnationIgnored,
            Invariants.RECEIVED,
            Quiet.PROBE,
            Quiet.TRUTH),
        machine(
            "a restore that is not noticed",
            HubDefects::restoreNotNoticed,
            Quiet.PROBE,
            Quiet.DELIVERED,
            Invariants.FOLLOWED,
            Quiet.TERMINAL),
        machine(
            "a receipt for an audit batch that is no leaf",
            HubDefects::receiptWithoutLeaf,
            AuditCheck.GAPS),
        machine("an idempotency key that is ignored", HubDefects::keyIgnored, Quiet.CONFIRMED),
        machine(
            "commands that are never sent again",
            HubDefects::neverAgain,
            Quiet.PROBE,
            Quiet.DELIVERED),
        machine(
            "a repeated event that is taken for a new one",
            HubDefects::repeatedTaken,
            Invariants.RECEIVED));
  }

  /** What agents do, and what they take for a command. */
  private static List<Defect> agents() {
    return List.of(
        machine(
            "a call whose intent is not durable",
            AgentDefects::intentNotDurable,
            Invariants.ONCE,
            Invariants.ATTEMPTS,
            Quiet.TRUTH),
        machine(
            "a gap in the commands that is accepted",
            AgentDefects::gapAccepted,
            Invariants.FOLLOWED),
        machine(
            "a receipt that deletes more than it names", AgentDefects::receiptTooMuch, Quiet.TRUTH),
        machine(
            "an audit batch that is never sent",
            AgentDefects::batchLost,
            AuditCheck.GAPS,
            AuditCheck.RECORDS),
        machine(
            "an unknown outcome that is told as success",
            AgentDefects::unknownAsSuccess,
            Quiet.TRUTH),
        of(
            "a command of an old epoch that is accepted",
            AgentDefects::oldEpochAccepted,
            Invariants.FOLLOWED),
        machine(
            "a revoked lease that still starts", AgentDefects::revokedStarts, Invariants.REVOKED),
        machine("an expired lease that starts", AgentDefects::expiredStarts, Invariants.EXPIRED),
        of(
            "a signature that is not checked",
            AgentDefects::signatureNotChecked,
            Invariants.GRANTED,
            Invariants.FOLLOWED));
  }

  /** What a job's author asked for and does not get. */
  private static List<Defect> asked() {
    return List.of(
        machine("an abort rule that is forgotten", SpecDefects::rulesForgotten, RuleCheck.RULES),
        machine("failures that a gate forgives", SpecDefects::failuresForgiven, RuleCheck.FAILURES),
        machine(
            "figures that a gate does not ask for",
            SpecDefects::figuresNotAsked,
            RuleCheck.FIGURES),
        machine("a soak that is skipped", SpecDefects::soakSkipped, RuleCheck.SOAKED),
        machine("a rate that is not kept to", SpecDefects::rateIgnored, JobInvariants.RATE),
        machine(
            "approvals that are not waited for",
            SpecDefects::approvalsIgnored,
            JobInvariants.APPROVED),
        machine("a start that is not waited for", SpecDefects::startIgnored, JobInvariants.START),
        machine(
            "a way back that a device does not go",
            SpecDefects::wayBackNotGone,
            InstallLedger.BACK),
        machine("windows that a device ignores", SpecDefects::windowsIgnored, TurnWatch.WINDOWS),
        machine(
            "conditions that a device ignores",
            SpecDefects::conditionsIgnored,
            TurnWatch.CONDITIONS));
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
