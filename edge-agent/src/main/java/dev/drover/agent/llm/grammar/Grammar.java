package dev.drover.agent.llm.grammar;

import dev.drover.agent.llm.grammar.Node.Chars;
import dev.drover.agent.llm.grammar.Node.Choice;
import dev.drover.agent.llm.grammar.Node.Reference;
import dev.drover.agent.llm.grammar.Node.Repeat;
import dev.drover.agent.llm.grammar.Node.Sequence;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A checked grammar: every rule is defined, none uses itself, and its size is bounded, so that no
 * engine can trip over it and every answer can be checked against it in linear time.
 *
 * <p>The text is the subset of llama.cpp's GBNF with rules, literals, character classes,
 * alternatives, groups and repetition; the start is the rule {@code root}. Recursion is refused:
 * answers are bounded, and without it the grammar is a finite automaton. Immutable, thread-safe.
 */
public final class Grammar {
  private static final int TEXT_CHARS_MAX = 16 * 1024;
  private static final int STATES_MAX = 20_000;
  private static final int WORK_MAX = 100_000;
  private static final String ROOT = "root";

  /** Number of the state that ends a match. */
  static final int END = 0;

  private final String text;
  private final List<State> states = new ArrayList<>();
  private final int start;
  private int work;

  /** A state either goes on for free to {@code next}, or consumes one character towards it. */
  record State(List<Integer> next, Chars chars, boolean consumes) {}

  private static final Chars NOTHING = new Chars(List.of(), false);

  private Grammar(String text, Node root, Map<String, Node> rules) {
    this.text = text;
    int end = add(new State(List.of(), NOTHING, false));
    this.start = compile(root, end, rules, new HashSet<>());
  }

  /**
   * Reads and checks a grammar.
   *
   * @param gbnf at most 16 KiB of characters
   * @throws DroverException {@code GRAMMAR_INVALID} with the place of the fault
   */
  public static Grammar of(String gbnf) {
    if (gbnf.length() > TEXT_CHARS_MAX) {
      throw invalid("it has more than " + TEXT_CHARS_MAX + " characters");
    }
    Map<String, Node> rules = GrammarReader.read(gbnf);
    // Unused rules are checked too: an engine compiles them all.
    for (Node body : rules.values()) {
      new Grammar(gbnf, body, rules).start();
    }
    return new Grammar(gbnf, new Reference(ROOT), rules);
  }

  /** Returns the text as given. */
  public String text() {
    return text;
  }

  /** Returns a matcher at the start. */
  public GrammarMatcher matcher() {
    return new GrammarMatcher(this);
  }

  /** Returns whether a whole text matches. */
  public boolean accepts(String answer) {
    GrammarMatcher matcher = matcher();
    return matcher.feed(answer) && matcher.complete();
  }

  int start() {
    return start;
  }

  int size() {
    return states.size();
  }

  State state(int index) {
    return states.get(index);
  }

  /** Adds states for a node that lead to a continuation, and returns the first of them. */
  private int compile(Node node, int then, Map<String, Node> rules, Set<String> open) {
    // Empty rules add no states, yet doubling references to them would take for ever.
    if (++work > WORK_MAX) {
      throw invalid("it is too large when written out");
    }
    if (node instanceof Chars chars) {
      return add(new State(List.of(then), chars, true));
    }
    if (node instanceof Sequence sequence) {
      int next = then;
      for (int i = sequence.parts().size() - 1; i >= 0; i--) {
        next = compile(sequence.parts().get(i), next, rules, open);
      }
      return next;
    }
    if (node instanceof Choice choice) {
      List<Integer> starts = new ArrayList<>();
      for (Node option : choice.options()) {
        starts.add(compile(option, then, rules, open));
      }
      return add(new State(starts, NOTHING, false));
    }
    if (node instanceof Repeat repeat) {
      return compileRepeat(repeat, then, rules, open);
    }
    return compileReference((Reference) node, then, rules, open);
  }

  private int compileReference(
      Reference reference, int then, Map<String, Node> rules, Set<String> open) {
    Node body = rules.get(reference.rule());
    if (body == null) {
      throw invalid("rule " + reference.rule() + " is not defined");
    }
    if (!open.add(reference.rule())) {
      throw invalid("rule " + reference.rule() + " uses itself");
    }
    int first = compile(body, then, rules, open);
    open.remove(reference.rule());
    return first;
  }

  private int compileRepeat(Repeat repeat, int then, Map<String, Node> rules, Set<String> open) {
    int next = then;
    if (repeat.max() < 0) {
      State loop = new State(new ArrayList<>(), NOTHING, false);
      int again = add(loop);
      loop.next().add(then);
      int once = compile(repeat.part(), again, rules, open);
      if (leadsForFree(once, again)) {
        // llama.cpp would see a left recursion and drop the grammar without a word.
        throw invalid("something that may be empty is repeated without end");
      }
      loop.next().add(once);
      next = again;
    } else {
      for (int i = repeat.min(); i < repeat.max(); i++) {
        int once = compile(repeat.part(), next, rules, open);
        next = add(new State(List.of(once, then), NOTHING, false));
      }
    }
    for (int i = 0; i < repeat.min(); i++) {
      next = compile(repeat.part(), next, rules, open);
    }
    return next;
  }

  private boolean leadsForFree(int from, int to) {
    BitSet seen = new BitSet(states.size());
    reach(from, seen);
    return seen.get(to);
  }

  /** Adds to a set a state and all that follow it without a character. */
  void reach(int from, BitSet into) {
    Deque<Integer> open = new ArrayDeque<>();
    open.push(from);
    while (!open.isEmpty()) {
      int index = open.pop();
      if (into.get(index)) {
        continue;
      }
      into.set(index);
      State state = states.get(index);
      if (!state.consumes()) {
        state.next().forEach(open::push);
      }
    }
  }

  private int add(State state) {
    if (states.size() >= STATES_MAX) {
      throw invalid("it is too large when written out");
    }
    states.add(state);
    return states.size() - 1;
  }

  private static DroverException invalid(String what) {
    return new DroverException(ErrorCode.GRAMMAR_INVALID, "The grammar is wrong: " + what + ".");
  }
}
