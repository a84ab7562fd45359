package dev.drover.machine.runtime;

/** Changes the rows of one version into those of the next. */
@FunctionalInterface
public interface StoreUpgrader {
  /**
   * Changes rows. All changes and the new version become durable together, when this returns; they
   * are held in memory until then.
   *
   * @param rows the store, with the changes made so far
   */
  void upgrade(RowEditor rows);
}
