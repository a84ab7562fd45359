package dev.drover.agent.exchange;

import dev.drover.agent.v1.AuditHead;
import dev.drover.agent.v1.UplinkHead;
import dev.drover.v1.CommandMark;
import dev.drover.v1.Welcome;

/**
 * One start of the agent, as the hub comes to know it: by a random number in Hello, which the hub
 * names in all it sends.
 *
 * <p>A store may have been wiped or set back while no process used it. So nothing that was meant
 * for an earlier start is followed, and nothing numbered is sent before the hub's first Welcome has
 * told what it knows of the store's past: if that is more than the store knows, the store begins a
 * new life. Thread-safe.
 */
final class Session {
  private final long number;
  private final HubRows rows;
  private final UplinkHead before;
  private final AuditHead auditBefore;
  private volatile boolean known;
  private volatile boolean answered;

  /**
   * Begins a session; before the engine is started, since that may number events.
   *
   * @param number random, not 0
   */
  Session(long number, HubRows rows) {
    this.number = number;
    this.rows = rows;
    this.before = rows.head();
    this.auditBefore = rows.audit();
  }

  long number() {
    return number;
  }

  /** Returns whether the hub has told what it knows of the store, and that is not more. */
  boolean known() {
    return known;
  }

  /** Returns whether the hub has answered the Hello of the present connection. */
  boolean answered() {
    return answered;
  }

  /** Notes that a Hello has to be answered: the first of a connection, or one more. */
  void greets() {
    answered = false;
  }

  /** Returns whether the hub knows more of this store's past than the store does. */
  boolean isSetBack(Welcome welcome) {
    long life = rows.head().getIncarnation();
    if (known || welcome.getEvents().getIncarnation() != life) {
      return false;
    }
    // What was numbered since the start was not sent yet; in a life begun since, nothing was.
    long events = before.getIncarnation() == life ? before.getLastSeq() : 0;
    long batches = auditBefore.getIncarnation() == life ? auditBefore.getNextBatch() : 0;
    return welcome.getEvents().getSeq() > events
        || welcome.getNextBatch() > batches
        || isNewer(welcome.getAcked(), rows.mark());
  }

  private static boolean isNewer(CommandMark mark, CommandMark than) {
    int epochs = Long.compare(mark.getHubEpoch(), than.getHubEpoch());
    return epochs > 0 || (epochs == 0 && mark.getSeq() > than.getSeq());
  }

  /** Takes the answer to a Hello, after the store has learned from it. */
  void welcomed(Welcome welcome) {
    if (welcome.getEvents().getIncarnation() == rows.head().getIncarnation()) {
      known = true;
      answered = true;
    }
  }
}
