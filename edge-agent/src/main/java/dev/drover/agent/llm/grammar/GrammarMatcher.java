package dev.drover.agent.llm.grammar;

import dev.drover.agent.llm.grammar.Node.Range;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Follows a text through a grammar, piece by piece. Time per character is bounded by the grammar's
 * size. Not thread-safe.
 */
public final class GrammarMatcher {
  private static final int CERTAIN_CHARS_MAX = 4096;

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
      current = after(current, codePoint);
    }
    return !current.isEmpty();
  }

  /** Returns whether what was fed so far is a whole match. */
  public boolean complete() {
    return current.get(Grammar.END);
  }

  /**
   * Returns what must follow to make a whole match, where the grammar leaves only one way; empty
   * where it leaves several, or none. Feeds nothing.
   */
  public Optional<String> certainEnd() {
    StringBuilder end = new StringBuilder();
    BitSet at = current;
    while (end.length() <= CERTAIN_CHARS_MAX) {
      int only = -1;
      for (int i = at.nextSetBit(0); i >= 0; i = at.nextSetBit(i + 1)) {
        Grammar.State state = grammar.state(i);
        if (state.consumes()) {
          int next = onlyOne(state.chars());
          if (next < 0 || (only >= 0 && next != only)) {
            return Optional.empty();
          }
          only = next;
        }
      }
      if (only < 0 || at.get(Grammar.END)) {
        return only < 0 && at.get(Grammar.END) ? Optional.of(end.toString()) : Optional.empty();
      }
      end.appendCodePoint(only);
      at = after(at, only);
    }
    return Optional.empty();
  }

  /** Returns the one code point that these are, or -1. */
  private static int onlyOne(Node.Chars chars) {
    List<Range> ranges = chars.ranges();
    boolean one =
        !chars.negated() && ranges.size() == 1 && ranges.get(0).first() == ranges.get(0).last();
    return one ? ranges.get(0).first() : -1;
  }

  private BitSet after(BitSet from, int codePoint) {
    BitSet next = new BitSet(grammar.size());
    for (int i = from.nextSetBit(0); i >= 0; i = from.nextSetBit(i + 1)) {
      Grammar.State state = grammar.state(i);
      if (state.consumes() && state.chars().accepts(codePoint)) {
        grammar.reach(state.next().get(0), next);
      }
    }
    return next;
  }
}
