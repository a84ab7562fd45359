package dev.drover.machine.runtime;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A committed state with the changes of a group on top, which are also the batch to commit. For one
 * thread.
 */
final class Overlay implements Reading, Batch {
  /** Stands for a deletion; compared by identity. */
  private static final byte[] DELETED = {};

  /** What a change costs in a batch beside its own bytes, roughly. */
  private static final int CHANGE_OVERHEAD_BYTES = 32;

  private final Reading below;
  private final Map<Space, NavigableMap<byte[], byte[]>> changes = new EnumMap<>(Space.class);
  private long bytes;

  Overlay(Reading below) {
    this.below = below;
    for (Space space : Space.values()) {
      changes.put(space, new TreeMap<>(Arrays::compareUnsigned));
    }
  }

  void put(Space space, byte[] key, byte[] value) {
    // An empty value of the caller must not be taken for a deletion.
    change(space, key, value.length == 0 ? new byte[0] : value);
  }

  void delete(Space space, byte[] key) {
    change(space, key, DELETED);
  }

  private void change(Space space, byte[] key, byte[] value) {
    byte[] before = of(space).put(key, value);
    bytes += value.length - (before == null ? 0 : before.length);
    bytes += before == null ? key.length + CHANGE_OVERHEAD_BYTES : 0;
  }

  /** Returns the size of the batch in bytes, roughly. */
  long bytes() {
    return bytes;
  }

  /** Returns the bytes of the keys and values in the batch. */
  long netBytes() {
    return bytes - (long) CHANGE_OVERHEAD_BYTES * size();
  }

  @Override
  public int size() {
    int size = 0;
    for (NavigableMap<byte[], byte[]> ofSpace : changes.values()) {
      size += ofSpace.size();
    }
    return size;
  }

  @Override
  public void forEach(Batch.Visitor visitor) {
    changes.forEach(
        (space, ofSpace) ->
            ofSpace.forEach(
                (key, value) -> visitor.visit(space, key, value == DELETED ? null : value)));
  }

  @Override
  public byte @Nullable [] get(Space space, byte[] key) {
    byte[] changed = of(space).get(key);
    if (changed != null) {
      return changed == DELETED ? null : changed;
    }
    return below.get(space, key);
  }

  @Override
  public void scan(Space space, byte[] from, byte[] to, Reading.Visitor visitor) {
    NavigableMap<byte[], byte[]> mine = of(space).subMap(from, true, to, false);
    if (mine.isEmpty()) {
      below.scan(space, from, to, visitor);
      return;
    }
    Merge merge = new Merge(mine.entrySet().iterator(), visitor);
    below.scan(space, from, to, merge);
    merge.rest();
  }

  private NavigableMap<byte[], byte[]> of(Space space) {
    NavigableMap<byte[], byte[]> ofSpace = changes.get(space);
    if (ofSpace == null) {
      throw new IllegalStateException("No such space");
    }
    return ofSpace;
  }

  /** Merges the changes into a scan of what lies below. */
  private static final class Merge implements Reading.Visitor {
    private final Iterator<Map.Entry<byte[], byte[]>> mine;
    private final Reading.Visitor visitor;
    private Map.@Nullable Entry<byte[], byte[]> next;
    private boolean stopped;

    Merge(Iterator<Map.Entry<byte[], byte[]>> mine, Reading.Visitor visitor) {
      this.mine = mine;
      this.visitor = visitor;
      advance();
    }

    @Override
    public boolean visit(byte[] key, byte[] value) {
      while (next != null) {
        int order = Arrays.compareUnsigned(next.getKey(), key);
        if (order > 0) {
          break;
        }
        boolean more = emitNext();
        if (order == 0 || !more) {
          return more;
        }
      }
      stopped = !visitor.visit(key, value);
      return !stopped;
    }

    void rest() {
      while (next != null && !stopped) {
        emitNext();
      }
    }

    private boolean emitNext() {
      Map.Entry<byte[], byte[]> entry = next;
      if (entry != null && entry.getValue() != DELETED) {
        stopped = !visitor.visit(entry.getKey(), entry.getValue());
      }
      advance();
      return !stopped;
    }

    private void advance() {
      next = mine.hasNext() ? mine.next() : null;
    }
  }
}
