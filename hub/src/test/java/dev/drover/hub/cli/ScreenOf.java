package dev.drover.hub.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a person sees of what a process writes to a terminal of some height: the sequences that
 * Drover writes are followed, colours are left out, any other is an error. Thread-safe.
 */
final class ScreenOf {
  private static final char ESCAPE = '\u001b';

  private final int rows;
  private final List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
  private final StringBuilder raw = new StringBuilder();
  private int top;
  private int row;
  private int column;

  ScreenOf(int rows) {
    this.rows = rows;
  }

  /** Shows what comes, on a thread of its own, until its end. */
  Thread follow(InputStream in) {
    Thread reader = new Thread(() -> read(in), "screen");
    reader.setDaemon(true);
    reader.start();
    return reader;
  }

  private void read(InputStream in) {
    try (InputStreamReader text = new InputStreamReader(in, StandardCharsets.UTF_8)) {
      for (int next = text.read(); next >= 0; next = text.read()) {
        if (next == ESCAPE) {
          sequence(text);
        } else {
          write((char) next);
        }
      }
    } catch (IOException ignored) {
      // The process was killed; what it wrote before is shown.
    }
  }

  private void sequence(InputStreamReader text) throws IOException {
    StringBuilder sequence = new StringBuilder();
    for (int next = text.read(); next >= 0; next = text.read()) {
      sequence.append((char) next);
      if (Character.isLetter(next)) {
        apply(sequence.toString());
        return;
      }
    }
  }

  private synchronized void apply(String sequence) {
    raw.append('^').append(sequence);
    switch (sequence.charAt(sequence.length() - 1)) {
      case 'A' ->
          row = Math.max(top, row - Integer.parseInt(sequence.substring(1, sequence.length() - 1)));
      case 'J' -> {
        cut();
        lines.subList(row + 1, lines.size()).clear();
      }
      case 'K' -> cut();
      case 'h', 'l', 'm' -> {}
      default -> throw new IllegalStateException("Nobody knows " + sequence);
    }
  }

  private void cut() {
    StringBuilder line = lines.get(row);
    line.setLength(Math.min(line.length(), column));
  }

  private synchronized void write(char next) {
    raw.append(next);
    if (next == '\r') {
      column = 0;
    } else if (next == '\n') {
      row++;
      if (row == lines.size()) {
        lines.add(new StringBuilder());
      }
      top = Math.max(top, row - rows + 1);
    } else {
      StringBuilder line = lines.get(row);
      while (line.length() <= column) {
        line.append(' ');
      }
      line.setCharAt(column, next);
      column++;
    }
  }

  /** Returns the lines, those that left the screen above included, without the cursor's. */
  synchronized List<String> lines() {
    return lines.subList(0, lines.size() - 1).stream().map(StringBuilder::toString).toList();
  }

  /** Returns all that was written, for a person who looks why. */
  @Override
  public synchronized String toString() {
    return String.join("\n", lines()) + "\n\nwritten:\n" + raw;
  }
}
