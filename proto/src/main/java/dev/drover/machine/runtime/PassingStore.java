package dev.drover.machine.runtime;

import org.jspecify.annotations.Nullable;

/** A store that passes everything but commits on to another one. */
public abstract class PassingStore implements Store {
  private final Store store;

  /** Passes on to a store, which it closes with itself. */
  protected PassingStore(Store store) {
    this.store = store;
  }

  @Override
  public byte @Nullable [] get(Space space, byte[] key) {
    return store.get(space, key);
  }

  @Override
  public void scan(Space space, byte[] from, byte[] to, Reading.Visitor visitor) {
    store.scan(space, from, to, visitor);
  }

  @Override
  public View view() {
    return store.view();
  }

  @Override
  public void close() {
    store.close();
  }
}
