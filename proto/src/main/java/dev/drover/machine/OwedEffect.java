package dev.drover.machine;

/** An effect that is owed, as its handler gets it: what to do, for which key, and a stable id. */
public final class OwedEffect {
  private final String machine;
  private final String key;
  private final long seq;
  private final int attempt;
  private final boolean recovered;
  private final Effect effect;

  /**
   * Makes an owed effect.
   *
   * @param machine the machine whose step owes it
   * @param key the key whose step owes it
   * @param seq the engine's number of this effect; rises, never used twice
   * @param attempt 1 for the first attempt since the engine started
   * @param recovered whether it was owed before the engine started
   * @param effect what to do
   */
  public OwedEffect(
      String machine, String key, long seq, int attempt, boolean recovered, Effect effect) {
    this.machine = machine;
    this.key = key;
    this.seq = seq;
    this.attempt = attempt;
    this.recovered = recovered;
    this.effect = effect;
  }

  /** Returns the machine whose step owes this. */
  public String machine() {
    return machine;
  }

  /** Returns the key whose step owes this. */
  public String key() {
    return key;
  }

  /** Returns the engine's number of this effect: rises in the order steps owed them. */
  public long seq() {
    return seq;
  }

  /** Returns the attempt since the engine started, from 1. */
  public int attempt() {
    return attempt;
  }

  /**
   * Returns whether this may have been performed before, wholly or in part: an attempt failed, or
   * it was owed when the engine started. What must not be repeated ends here as an unknown outcome.
   */
  public boolean maybePerformed() {
    return recovered || attempt > 1;
  }

  /** Returns what to do. */
  public Effect effect() {
    return effect;
  }

  /** Returns an id that stays the same over attempts and restarts: {@code machine|key|seq}. */
  public String id() {
    return machine + '|' + key + '|' + seq;
  }
}
