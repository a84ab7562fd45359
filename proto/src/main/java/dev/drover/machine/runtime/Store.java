package dev.drover.machine.runtime;

/**
 * A durable set of sorted maps: what an engine needs of a disk.
 *
 * <p>Reading sees committed batches only. {@link #commit} is called by one thread; reading and
 * views by any. Nothing is called after {@link #close}.
 */
public interface Store extends Reading, AutoCloseable {
  /**
   * Makes a batch durable, all of it or nothing.
   *
   * @throws StoreFailure if it is not certain to be durable; whether it is then remains open until
   *     the store is opened again
   */
  void commit(Batch batch);

  /** Returns one committed state to read from; closed soon, by the thread that asked for it. */
  View view();

  /** Closes the store; views are closed before. */
  @Override
  void close();

  /** One committed state. */
  interface View extends Reading, AutoCloseable {
    @Override
    void close();
  }
}
