package dev.drover.term;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table of short texts with a header, aligned in columns. When the columns do not fit the width,
 * the widest one is cut, with an ellipsis, until they do. Not thread-safe.
 */
public final class TextTable {
  /** Width that every table fits. */
  public static final int WIDTH = 80;

  private static final int LEAST = 6;

  private final List<String[]> rows = new ArrayList<>();
  private final int columns;

  /** Makes a table with this header. */
  public TextTable(String... header) {
    this.columns = header.length;
    rows.add(header);
  }

  /**
   * Adds a row.
   *
   * @param cells one for each column of the header
   */
  public TextTable row(Object... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException("A row has " + columns + " cells.");
    }
    rows.add(Arrays.stream(cells).map(String::valueOf).toArray(String[]::new));
    return this;
  }

  /** Returns whether there is no row under the header. */
  public boolean isEmpty() {
    return rows.size() == 1;
  }

  /** Returns the table as lines, each ended by a line feed, at most {@link #WIDTH} columns wide. */
  public String render() {
    int[] widths = widths();
    StringBuilder text = new StringBuilder();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String cell = cut(row[i], widths[i]);
        line.append(cell);
        if (i < columns - 1) {
          line.append(" ".repeat(widths[i] - length(cell) + 2));
        }
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private int[] widths() {
    int[] widths = new int[columns];
    for (String[] row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], length(row[i]));
      }
    }
    int total = Arrays.stream(widths).sum() + 2 * (columns - 1);
    while (total > WIDTH) {
      int widest = 0;
      for (int i = 1; i < columns; i++) {
        widest = widths[i] > widths[widest] ? i : widest;
      }
      if (widths[widest] <= LEAST) {
        break;
      }
      widths[widest]--;
      total--;
    }
    return widths;
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String cut(String text, int width) {
    if (length(text) <= width) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, width - 1)) + "…";
  }
}
