package dev.drover.term;

/** Text in lines of whole words that fit {@link TextTable#WIDTH}. */
public final class Wrapped {
  private Wrapped() {}

  /**
   * Returns the words of a text in lines, every line but the first after so many blanks; no line
   * feed at the end. A word that is longer than a line stands alone and stays whole.
   *
   * @param indent column at which the text begins, also in the first line, which the caller began
   */
  public static String text(int indent, String text) {
    StringBuilder lines = new StringBuilder();
    int column = indent;
    for (String word : text.strip().split("\\s+")) {
      int length = word.codePointCount(0, word.length());
      if (column > indent && column + 1 + length > TextTable.WIDTH) {
        lines.append('\n').append(" ".repeat(indent));
        column = indent;
      } else if (column > indent) {
        lines.append(' ');
        column++;
      }
      lines.append(word);
      column += length;
    }
    return lines.toString();
  }
}
