package dev.drover.deploy.sim;

import dev.drover.machine.runtime.Batch;
import dev.drover.machine.runtime.PassingStore;
import dev.drover.machine.runtime.Space;
import dev.drover.machine.runtime.Store;
import dev.drover.machine.sim.SimulatedCrash;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Stores that keep less, or more, than they say. */
final class BadStores {
  private BadStores() {}

  private record Change(Space space, byte[] key, byte @Nullable [] value) {}

  private record Changes(List<Change> all) implements Batch {
    @Override
    public void forEach(Batch.Visitor visitor) {
      all.forEach(one -> visitor.visit(one.space(), one.key(), one.value()));
    }

    @Override
    public int size() {
      return all.size();
    }
  }

  /** Forgets what a space holds whenever a process opens the store. */
  static Variant forgetful(Space space, boolean ofHub) {
    return new Variant() {
      @Override
      public Store store(String node, Store shipped) {
        if (node.equals("hub") == ofHub) {
          List<Change> gone = new ArrayList<>();
          byte[] end = new byte[64];
          Arrays.fill(end, (byte) 0xff);
          shipped.scan(
              space, new byte[0], end, (key, value) -> gone.add(new Change(space, key, null)));
          if (!gone.isEmpty()) {
            shipped.commit(new Changes(gone));
          }
        }
        return shipped;
      }
    };
  }

  /** Says that a batch is durable when only the one before it is. */
  static Variant late(boolean ofHub) {
    Map<String, List<Change>> undone = new TreeMap<>();
    return new Variant() {
      @Override
      public Store store(String node, Store shipped) {
        if (node.equals("hub") != ofHub) {
          return shipped;
        }
        List<Change> undo = undone.remove(node);
        if (undo != null) {
          shipped.commit(new Changes(undo));
        }
        return new PassingStore(shipped) {
          @Override
          public void commit(Batch batch) {
            List<Change> before = new ArrayList<>();
            batch.forEach(
                (space, key, value) -> before.add(new Change(space, key, shipped.get(space, key))));
            shipped.commit(batch);
            undone.put(node, before);
          }
        };
      }
    };
  }

  /** Keeps the first half of a batch that was torn. */
  static Variant torn() {
    Map<String, List<Change>> halves = new TreeMap<>();
    return new Variant() {
      @Override
      public Store store(String node, Store shipped) {
        List<Change> half = halves.remove(node);
        if (half != null) {
          shipped.commit(new Changes(half));
        }
        return new PassingStore(shipped) {
          @Override
          public void commit(Batch batch) {
            try {
              shipped.commit(batch);
            } catch (SimulatedCrash crash) {
              List<Change> all = new ArrayList<>();
              batch.forEach((space, key, value) -> all.add(new Change(space, key, value)));
              halves.put(node, all.subList(0, all.size() / 2));
              throw crash;
            }
          }
        };
      }
    };
  }
}
