package dev.drover.agent.llm.grammar;

import java.util.List;

/** Syntax of one rule's right side. Code points, so that one character is one step. */
sealed interface Node {
  /** One code point out of ranges, or out of everything else. */
  record Chars(List<Range> ranges, boolean negated) implements Node {
    public Chars {
      ranges = List.copyOf(ranges);
    }

    boolean accepts(int codePoint) {
      for (Range range : ranges) {
        if (codePoint >= range.first && codePoint <= range.last) {
          return !negated;
        }
      }
      return negated;
    }
  }

  /** Code points from first to last, both included. */
  record Range(int first, int last) {}

  /** Use of another rule. */
  record Reference(String rule) implements Node {}

  /** One after another; empty matches nothing at all. */
  record Sequence(List<Node> parts) implements Node {
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /** One of several. */
  record Choice(List<Node> options) implements Node {
    public Choice {
      options = List.copyOf(options);
    }
  }

  /** The same thing again; {@code max} below zero means without end. */
  record Repeat(Node part, int min, int max) implements Node {}
}
