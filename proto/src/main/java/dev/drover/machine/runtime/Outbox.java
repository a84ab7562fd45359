package dev.drover.machine.runtime;

import dev.drover.machine.Effect;
import dev.drover.machine.EffectResult;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is durable and owed: sends in order, effects in order for each key, and those put off after
 * a failure. For the committer; only performing happens on the effect threads.
 */
final class Outbox {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

  /** Contents beyond this are not held in memory but read from the store again. */
  private static final long HELD_BYTES_MAX = 8 << 20;

  private static final long RETRY_NANOS_MIN = 100_000_000L;
  private static final int RETRY_DOUBLINGS_MAX = 8;

  private final Registry registry;
  private final Reading store;
  private final Executor effects;
  private final Consumer<Input.Performed> performed;
  private final int performingMax;

  private final Deque<Owed> sends = new ArrayDeque<>();
  private final Map<MailKey, Deque<Owed>> chains = new HashMap<>();
  private final Deque<Owed> ready = new ArrayDeque<>();
  private final PriorityQueue<PutOff> putOff =
      new PriorityQueue<>(Comparator.comparingLong(PutOff::atNanos));
  private int performing;
  private long heldBytes;
  private boolean stopped;

  private record PutOff(long atNanos, Owed owed) {}

  Outbox(
      Registry registry,
      Reading store,
      Executor effects,
      Consumer<Input.Performed> performed,
      int performingMax) {
    this.registry = registry;
    this.store = store;
    this.effects = effects;
    this.performed = performed;
    this.performingMax = performingMax;
  }

  /** Takes over what was owed before the start; returns how much. */
  int recover() {
    int[] count = {0};
    store.scan(
        Space.OUTBOX,
        Keys.ofLong(0),
        Keys.ofLong(Long.MAX_VALUE),
        (key, value) -> {
          Owed owed = Owed.recovered(key, value);
          registry.checkRecovered(owed);
          add(owed);
          count[0]++;
          return true;
        });
    return count[0];
  }

  /** Adds what a group made durable. */
  void add(List<Owed> owed) {
    owed.forEach(this::add);
  }

  private void add(Owed owed) {
    heldBytes += owed.heldBytes();
    if (heldBytes > HELD_BYTES_MAX) {
      forget(owed);
    }
    if (owed.isSend()) {
      sends.add(owed);
      return;
    }
    Deque<Owed> chain = chains.computeIfAbsent(owed.from, key -> new ArrayDeque<>(2));
    chain.add(owed);
    if (chain.size() == 1) {
      ready.add(owed);
    }
  }

  /** Takes the next send, or null where none waits. */
  @Nullable Owed nextSend() {
    Owed send = sends.poll();
    if (send != null) {
      heldBytes -= send.heldBytes();
    }
    return send;
  }

  boolean hasSends() {
    return !sends.isEmpty();
  }

  /** Hands effects over to the effect threads, as many as may be performed at once. */
  void perform(long nowNanos) {
    while (!putOff.isEmpty() && putOff.element().atNanos() - nowNanos <= 0) {
      ready.add(putOff.remove().owed());
    }
    while (!stopped && performing < performingMax && !ready.isEmpty()) {
      Owed owed = ready.remove();
      performing++;
      effects.execute(() -> perform(owed));
    }
  }

  /** Returns how long until an effect is tried again; {@link Long#MAX_VALUE} for none. */
  long untilRetryNanos(long nowNanos) {
    PutOff next = putOff.peek();
    return next == null ? Long.MAX_VALUE : Math.max(0, next.atNanos() - nowNanos);
  }

  /** Notes that an effect is done; the next one of its key may go. */
  void done(Owed owed) {
    performing--;
    heldBytes -= owed.heldBytes();
    Deque<Owed> chain = chains.get(owed.from);
    if (chain == null) {
      return;
    }
    chain.remove();
    Owed next = chain.peek();
    if (next == null) {
      chains.remove(owed.from);
    } else {
      ready.add(next);
    }
  }

  /** Notes that an effect failed and is to be tried again later. */
  void failed(Owed owed, long nowNanos) {
    performing--;
    long pause = RETRY_NANOS_MIN << Math.min(owed.failures, RETRY_DOUBLINGS_MAX);
    owed.failures++;
    putOff.add(new PutOff(nowNanos + pause, owed));
  }

  /** Notes that an effect ended which can no longer be recorded; it stays owed. */
  void abandoned() {
    performing--;
  }

  /** Performs nothing more; what is being performed may still end. */
  void stop() {
    stopped = true;
  }

  int performing() {
    return performing;
  }

  private void forget(Owed owed) {
    heldBytes -= owed.heldBytes();
    owed.release();
  }

  /** On an effect thread. */
  private void perform(Owed owed) {
    CompletionStage<EffectResult> stage;
    try {
      Effect content = owed.effect(store);
      if (content == null) {
        throw new IllegalStateException("An owed effect is not in the store");
      }
      stage = registry.handler(owed.kind).perform(owed.toOwedEffect(content));
    } catch (RuntimeException e) {
      report(owed, null, e);
      return;
    }
    stage.whenComplete((result, failure) -> report(owed, result, failure));
  }

  private void report(Owed owed, @Nullable EffectResult result, @Nullable Throwable failure) {
    if (failure != null && Integer.bitCount(owed.failures + 1) == 1) {
      LOG.atWarn()
          .addKeyValue("kind", owed.kind)
          .addKeyValue("machine", owed.from.machine())
          .addKeyValue("seq", owed.seq)
          .addKeyValue("attempt", owed.failures + 1)
          .setCause(failure)
          .log("effect failed and is put off");
    }
    performed.accept(new Input.Performed(owed, failure == null ? result : null));
  }
}
