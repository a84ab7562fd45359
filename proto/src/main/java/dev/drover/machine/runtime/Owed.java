package dev.drover.machine.runtime;

import dev.drover.machine.Effect;
import dev.drover.machine.OwedEffect;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An effect or send that is owed: its entry in {@link Space#OUTBOX}, with or without its content in
 * memory.
 */
final class Owed {
  private static final byte FORMAT = 1;

  final long seq;
  final MailKey from;
  final String kind;
  final boolean recovered;

  /** Attempts that failed since the start; touched by the committer only. */
  int failures;

  /** The content, or null where it has to be read from the store; set before it is handed over. */
  private @Nullable Effect effect;

  private Owed(long seq, MailKey from, String kind, boolean recovered) {
    this.seq = seq;
    this.from = from;
    this.kind = kind;
    this.recovered = recovered;
  }

  static Owed fresh(long seq, MailKey from, Effect effect) {
    Owed owed = new Owed(seq, from, effect.kind(), false);
    owed.effect = effect;
    return owed;
  }

  /** Returns an entry found at the start, without its content. */
  static Owed recovered(byte[] key, byte[] value) {
    Fields fields = new Fields(value);
    return new Owed(Keys.toLong(key), fields.from, fields.kind, true);
  }

  boolean isSend() {
    return kind.equals(Effect.SEND);
  }

  byte[] storeKey() {
    return Keys.ofLong(seq);
  }

  /** Returns the size of the content that is held in memory. */
  int heldBytes() {
    Effect held = effect;
    return held == null ? 0 : held.payload().length;
  }

  /** Lets go of the content, which is durable. */
  void release() {
    effect = null;
  }

  /** Returns the content, from memory or the store; null where the store has no such entry. */
  @Nullable Effect effect(Reading store) {
    Effect held = effect;
    if (held != null) {
      return held;
    }
    byte[] value = store.get(Space.OUTBOX, storeKey());
    if (value == null) {
      return null;
    }
    Fields fields = new Fields(value);
    return Effect.stored(fields.kind, fields.target, fields.payload());
  }

  OwedEffect toOwedEffect(Effect content) {
    return new OwedEffect(from.machine(), from.key(), seq, failures + 1, recovered, content);
  }

  /** Returns the entry's value; only where the content is in memory. */
  byte[] encode() {
    Effect held = effect;
    if (held == null) {
      throw new IllegalStateException("The content is not in memory");
    }
    byte[][] texts = {
      Keys.utf8(kind), Keys.utf8(from.machine()), Keys.utf8(from.key()), Keys.utf8(held.target())
    };
    int size = 1 + held.payload().length;
    for (byte[] text : texts) {
      size += Short.BYTES + text.length;
    }
    ByteBuffer out = ByteBuffer.allocate(size).put(FORMAT);
    for (byte[] text : texts) {
      out.putShort((short) text.length).put(text);
    }
    return out.put(held.payload()).array();
  }

  /** The parts of an entry's value. */
  private static final class Fields {
    final String kind;
    final MailKey from;
    final String target;
    private final ByteBuffer rest;

    Fields(byte[] value) {
      rest = ByteBuffer.wrap(value);
      if (rest.get() != FORMAT) {
        throw new IllegalStateException("An owed effect has an unknown format");
      }
      kind = text();
      from = new MailKey(text(), text());
      target = text();
    }

    byte[] payload() {
      byte[] payload = new byte[rest.remaining()];
      rest.duplicate().get(payload);
      return payload;
    }

    private String text() {
      byte[] text = new byte[rest.getShort()];
      rest.get(text);
      return Keys.text(text, 0, text.length);
    }
  }
}
