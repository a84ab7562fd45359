package dev.drover.deploy.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.DurableFiles;
import dev.drover.term.TextTable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shows figures as a table and as JSON. Immutable. */
record BenchReport(List<Figure> figures, boolean withoutPeer) {
  private static final String INDENT = "  ";

  BenchReport {
    figures = List.copyOf(figures);
  }

  boolean ok() {
    return !figures.isEmpty() && figures.stream().allMatch(figure -> figure.ok(withoutPeer));
  }

  /**
   * Returns the table and what each peer is, once for all that have it, no line wider than a
   * terminal.
   */
  String table() {
    TextTable table =
        new TextTable("FIGURE", "VALUE", "UNIT", "N", "PEER", "RATIO", "BUDGET", "OK");
    for (Figure figure : figures) {
      Budget budget = figure.budget();
      table.row(
          figure.name(),
          Figure.number(figure.value()),
          figure.unit(),
          figure.n(),
          figure.hasPeer() ? Figure.number(figure.peerValue()) : "missing",
          Figure.number(figure.ratio()),
          budget == null ? "-" : budget.inWords(),
          figure.ok(withoutPeer) ? "yes" : "NO");
    }
    StringBuilder text = new StringBuilder(table.render()).append("\nPeers:\n");
    Map<String, List<String>> names = new LinkedHashMap<>();
    for (Figure figure : figures) {
      names.computeIfAbsent(figure.peer(), peer -> new ArrayList<>()).add(figure.name());
    }
    names.forEach((peer, of) -> wrap(text, String.join("; ", of) + ": " + peer));
    return text.toString();
  }

  private static void wrap(StringBuilder text, String line) {
    int column = 0;
    for (String word : line.strip().split("\\s+")) {
      if (column > 0 && column + 1 + word.length() > TextTable.WIDTH) {
        text.append('\n').append(INDENT).append(INDENT);
        column = 2 * INDENT.length();
      } else {
        text.append(column == 0 ? INDENT : " ");
        column += column == 0 ? INDENT.length() : 1;
      }
      text.append(word);
      column += word.length();
    }
    text.append('\n');
  }

  /** Returns the figures as JSON; what is missing is null. */
  String json() {
    ArrayNode list = new ObjectMapper().createArrayNode();
    for (Figure figure : figures) {
      Budget budget = figure.budget();
      ObjectNode item = list.addObject();
      item.put("name", figure.name());
      put(item, "value", figure.value());
      item.put("unit", figure.unit());
      item.put("n", figure.n());
      item.put("peer", figure.peer());
      put(item, "peerValue", figure.peerValue());
      put(item, "ratio", figure.ratio());
      item.put("budget", budget == null ? null : budget.inWords());
      item.put("ok", figure.ok(withoutPeer));
    }
    return list.toPrettyString();
  }

  private static void put(ObjectNode item, String name, double value) {
    if (Double.isFinite(value)) {
      item.put(name, Math.round(value * 1000) / 1000.0);
    } else {
      item.putNull(name);
    }
  }

  /** Writes the JSON, durable on return. */
  void write(Path file) {
    DurableFiles.replace(file, json().getBytes(StandardCharsets.UTF_8), DurableFiles.PUBLIC);
  }
}
