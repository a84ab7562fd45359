package dev.drover.machine.runtime;

import dev.drover.machine.Effect;
import dev.drover.machine.Refusal;
import dev.drover.machine.Reply;
import dev.drover.machine.RowChange;
import dev.drover.machine.Step;
import dev.drover.machine.TimerChange;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events that become durable by one write: steps machines over an overlay and collects what is owed
 * and whom to answer. For the committer; used once.
 */
final class Group {
  private static final Logger LOG = LoggerFactory.getLogger(Group.class);

  private final EngineLimits limits;
  private final Registry registry;
  private final Timers timers;
  private final Counters counters;
  private final Overlay overlay;
  private final long nowMs;

  private final List<Answers.Answer> answers = new ArrayList<>();
  private final List<Owed> owed = new ArrayList<>();
  private final Deque<Owed> sends = new ArrayDeque<>();
  private long nextSeq;
  private int events;
  private int removed;
  private long owedBytes;

  Group(EngineState state, long nowMs, long nextSeq) {
    this.limits = state.limits();
    this.registry = state.registry();
    this.timers = state.timers();
    this.counters = state.counters();
    this.overlay = new Overlay(state.store());
    this.nowMs = nowMs;
    this.nextSeq = nextSeq;
  }

  boolean full() {
    return events >= limits.groupEventsMax()
        || overlay.bytes() + owedBytes >= limits.groupBytesMax();
  }

  int room() {
    return Math.max(0, limits.groupEventsMax() - events);
  }

  /** Steps an event from outside. */
  void submission(Input.Submission submission) {
    Outcome outcome = step(submission.to, submission.prepared);
    answers.add(new Answers.Answer(submission, outcome.reply, outcome.failure));
  }

  /** Steps an event that a machine sent in an earlier group. */
  void send(Owed send) {
    // Before the deletion: the content of a recovered send is only in the store.
    Effect effect = send.effect(overlay);
    overlay.delete(Space.OUTBOX, send.storeKey());
    removed++;
    deliver(effect);
  }

  /** Steps a timer unless something in this group cancelled it. */
  void timer(Timers.Due due) {
    if (timers.take(overlay, due)) {
      deliver(new MailKey(due.machine, due.key), due.event);
    }
  }

  /** Ends an effect, with or without an event for the key that owed it. */
  void performed(Owed effect, byte @Nullable [] event) {
    overlay.delete(Space.OUTBOX, effect.storeKey());
    removed++;
    if (event != null) {
      deliver(effect.from, event);
    }
  }

  /** Steps what machines sent within this group, while there is room; the rest is owed. */
  void finish() {
    while (!full() && !sends.isEmpty()) {
      deliver(sends.remove().effect(overlay));
    }
    owed.addAll(sends);
    for (Owed one : owed) {
      overlay.put(Space.OUTBOX, one.storeKey(), one.encode());
    }
    if (!owed.isEmpty()) {
      overlay.put(Space.META, Keys.META_SEQ, Keys.ofLong(nextSeq));
    }
  }

  long nowMs() {
    return nowMs;
  }

  Overlay overlay() {
    return overlay;
  }

  List<Answers.Answer> answers() {
    return answers;
  }

  /** Returns the events from outside that this group holds. */
  List<Input.Submission> submissions() {
    return answers.stream().map(Answers.Answer::submission).toList();
  }

  /** Returns what is owed beyond this group. */
  List<Owed> owed() {
    return owed;
  }

  /** Returns how many effects and sends owed before ended with this group. */
  int removed() {
    return removed;
  }

  int events() {
    return events;
  }

  long nextSeq() {
    return nextSeq;
  }

  private void deliver(@Nullable Effect send) {
    if (send == null) {
      throw new StoreFailure(ErrorCode.STORE_FAILED, "A send that is owed is not there.", null);
    }
    deliver(new MailKey(send.sendMachine(), send.sendKey()), send.payload());
  }

  /** Steps an event that has no submitter; one that cannot be stepped is dropped, loudly. */
  private void deliver(MailKey to, byte[] event) {
    DroverException failure;
    try {
      Outcome outcome = step(to, registry.prepare(to.machine(), event));
      failure = outcome.failure == null ? overrun(outcome.reply) : outcome.failure;
    } catch (DroverException undecodable) {
      failure = undecodable;
    }
    if (failure != null) {
      counters.dropped.incrementAndGet();
      LOG.atError()
          .addKeyValue("machine", to.machine())
          .addKeyValue("code", failure.code())
          .setCause(failure)
          .log("an event inside the engine was dropped");
    }
  }

  /** A machine may refuse what comes too late; one that overruns its limits loses the event. */
  private static @Nullable DroverException overrun(@Nullable Reply reply) {
    Refusal refusal = reply == null ? null : reply.refusal();
    return refusal == null || refusal.code() != ErrorCode.LIMIT_EXCEEDED
        ? null
        : refusal.toException();
  }

  private record Outcome(@Nullable Reply reply, @Nullable DroverException failure) {}

  private Outcome step(MailKey to, Prepared<?> prepared) {
    events++;
    Step step;
    try {
      step = prepared.step(new Rows(overlay, to.machine(), to.key()), nowMs);
      registry.check(step);
    } catch (StoreFailure medium) {
      throw medium;
    } catch (DroverException refused) {
      return new Outcome(new Reply(null, Refusal.of(refused)), null);
    } catch (RuntimeException defect) {
      return new Outcome(null, defect(to, defect));
    }
    apply(to, step);
    return new Outcome(new Reply(step.reply(), step.refusal()), null);
  }

  private static DroverException defect(MailKey to, RuntimeException defect) {
    LOG.atError()
        .addKeyValue("machine", to.machine())
        .setCause(defect)
        .log("a machine failed on an event");
    return new DroverException(
        ErrorCode.INTERNAL, "Machine " + to.machine() + " failed on the event.", defect);
  }

  private void apply(MailKey to, Step step) {
    if (!step.rows().isEmpty()) {
      Rows rows = new Rows(overlay, to.machine(), to.key());
      for (RowChange change : step.rows()) {
        byte[] value = change.value();
        if (value == null) {
          overlay.delete(Space.ROWS, rows.keyOf(change.row()));
        } else {
          overlay.put(Space.ROWS, rows.keyOf(change.row()), value);
        }
      }
    }
    for (TimerChange change : step.timers()) {
      timers.apply(overlay, to, change);
    }
    for (Effect effect : step.effects()) {
      Owed one = Owed.fresh(nextSeq++, to, effect);
      owedBytes += one.heldBytes();
      if (effect.isSend()) {
        sends.add(one);
      } else {
        owed.add(one);
      }
    }
  }
}
