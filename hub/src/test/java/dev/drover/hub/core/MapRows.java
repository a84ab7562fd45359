package dev.drover.hub.core;

import dev.drover.machine.Effect;
import dev.drover.machine.Machine;
import dev.drover.machine.Row;
import dev.drover.machine.RowChange;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.TimerChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The rows of one key in memory, to which steps are applied: one machine without an engine. */
final class MapRows implements RowReader {
  final List<Effect> effects = new ArrayList<>();
  final Map<String, Long> timers = new HashMap<>();
  final Map<String, byte[]> timerEvents = new HashMap<>();
  private final String key;
  private final TreeMap<String, byte[]> rows = new TreeMap<>();

  MapRows(String key) {
    this.key = key;
  }

  /** Steps a machine and applies what it decides. */
  <E> Step step(Machine<E> machine, byte[] event, long nowMs) {
    effects.clear();
    Step step = machine.step(this, machine.decode(event), nowMs);
    for (RowChange change : step.rows()) {
      byte[] value = change.value();
      if (value == null) {
        rows.remove(change.row());
      } else {
        rows.put(change.row(), value);
      }
    }
    for (TimerChange change : step.timers()) {
      if (change.event() == null) {
        timers.remove(change.name());
        timerEvents.remove(change.name());
      } else {
        timers.put(change.name(), change.atMs());
        timerEvents.put(change.name(), change.event());
      }
    }
    effects.addAll(step.effects());
    return step;
  }

  void put(String row, byte[] value) {
    rows.put(row, value);
  }

  /** Returns the events that the last step sent to a machine. */
  List<byte[]> sent(String machine) {
    return effects.stream()
        .filter(effect -> effect.isSend() && effect.sendMachine().equals(machine))
        .map(Effect::payload)
        .toList();
  }

  /** Returns the payloads of the effects of a kind that the last step owes. */
  List<byte[]> owed(String kind) {
    return effects.stream()
        .filter(effect -> effect.kind().equals(kind))
        .map(Effect::payload)
        .toList();
  }

  @Override
  public String key() {
    return key;
  }

  @Override
  public byte @Nullable [] get(String row) {
    return rows.get(row);
  }

  @Override
  public List<Row> scan(String prefix, String from, int limit) {
    String start = from.compareTo(prefix) > 0 ? from : prefix;
    return rows.tailMap(start, true).entrySet().stream()
        .takeWhile(entry -> entry.getKey().startsWith(prefix))
        .limit(limit)
        .map(entry -> new Row(entry.getKey(), entry.getValue()))
        .toList();
  }
}
