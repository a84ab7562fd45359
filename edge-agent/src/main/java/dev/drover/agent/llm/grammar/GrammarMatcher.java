package dev.drover.agent.llm.grammar;

import java.util.BitSet;

/**
 * Follows a text through a grammar, piece by piece. Time per character is bounded by the grammar's
 * size. Not thread-safe.
 */
public final class GrammarMatcher {
  private final Grammar grammar;
  private BitSet current;

  GrammarMatcher(Grammar grammar) {
    this.grammar = grammar;
    this.current = new BitSet(grammar.size());
    grammar.reach(grammar.start(), current);
  }

  /**
   * Takes the next piece.
   *
   * @param piece whole characters
   * @return whether what was fed so far can still become a match
   */
  public boolean feed(String piece) {
    int[] codePoints = piece.codePoints().toArray();
    for (int codePoint : codePoints) {
      BitSet next = new BitSet(grammar.size());
      for (int i = current.nextSetBit(0); i >= 0; i = current.nextSetBit(i + 1)) {
        Grammar.State state = grammar.state(i);
        if (state.consumes() && state.chars().accepts(codePoint)) {
          grammar.reach(state.next().get(0), next);
        }
      }
      current = next;
    }
    return !current.isEmpty();
  }

  /** Returns whether what was fed so far is a whole match. */
  public boolean complete() {
    return current.get(Grammar.END);
  }
}
