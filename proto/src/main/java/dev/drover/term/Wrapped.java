package dev.drover.term;

import java.util.ArrayList;
import java.util.List;

/** Text in lines of whole words that fit {@link TextTable#WIDTH}. */
public final class Wrapped {
  private Wrapped() {}

  /**
   * Returns the words of a text in lines, every line but the first after so many blanks; no line
   * feed at the end. A word that is longer than a line stands alone and stays whole; so does what
   * stands between backticks, which people copy.
   *
   * @param indent column at which the text begins, also in the first line, which the caller began
   */
  public static String text(int indent, String text) {
    return hanging(indent, indent, text);
  }

  /** Returns the same for a text whose first line begins at another column than the others. */
  public static String hanging(int first, int indent, String text) {
    StringBuilder lines = new StringBuilder();
    int column = first;
    boolean begun = false;
    for (String word : words(text)) {
      int length = word.codePointCount(0, word.length());
      if (begun && column + 1 + length > TextTable.WIDTH) {
        lines.append('\n').append(" ".repeat(indent));
        column = indent;
      } else if (begun) {
        lines.append(' ');
        column++;
      }
      lines.append(word);
      column += length;
      begun = true;
    }
    return lines.toString();
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    boolean inside = false;
    for (String part : text.strip().split("\\s+")) {
      if (inside) {
        int last = words.size() - 1;
        words.set(last, words.get(last) + ' ' + part);
      } else {
        words.add(part);
      }
      inside ^= part.chars().filter(c -> c == '`').count() % 2 == 1;
    }
    return words;
  }
}
