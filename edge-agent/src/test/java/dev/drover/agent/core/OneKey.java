package dev.drover.agent.core;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.drover.machine.Effect;
import dev.drover.machine.Machine;
import dev.drover.machine.Row;
import dev.drover.machine.RowChange;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.TimerChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One key of a machine in memory: steps events, keeps rows and timers, collects what is owed. */
final class OneKey<E> implements RowReader {
  final List<Effect> owed = new ArrayList<>();
  final TreeMap<String, TimerChange> timers = new TreeMap<>();
  long nowMs;

  private final Machine<E> machine;
  private final String key;
  private final TreeMap<String, byte[]> rows = new TreeMap<>();

  OneKey(Machine<E> machine, String key, long nowMs) {
    this.machine = machine;
    this.key = key;
    this.nowMs = nowMs;
  }

  Step submit(MessageLite event) {
    return submit(event.toByteArray());
  }

  private Step submit(byte[] event) {
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
      } else {
        timers.put(change.name(), change);
      }
    }
    owed.addAll(step.effects());
    return step;
  }

  /** Puts a row as many steps before would have left it. */
  void put(String row, MessageLite value) {
    rows.put(row, value.toByteArray());
  }

  /** Moves time on and fires what is due. */
  void advance(long ms) {
    nowMs += ms;
    for (TimerChange timer : List.copyOf(timers.values())) {
      byte[] event = timer.event();
      if (timer.atMs() <= nowMs && event != null) {
        timers.remove(timer.name());
        submit(event);
      }
    }
  }

  /** Takes what is owed of a kind. */
  List<Effect> take(String kind) {
    List<Effect> taken = owed.stream().filter(e -> e.kind().equals(kind)).toList();
    owed.removeAll(taken);
    return taken;
  }

  /** Takes the events owed to another machine, parsed. */
  <T> List<T> sent(String to, Parser<T> parser) {
    List<Effect> taken =
        owed.stream().filter(e -> e.isSend() && e.sendMachine().equals(to)).toList();
    owed.removeAll(taken);
    return taken.stream().map(e -> parse(parser, e.payload())).toList();
  }

  static <T> T parse(Parser<T> parser, byte[] bytes) {
    try {
      return parser.parseFrom(bytes);
    } catch (com.google.protobuf.InvalidProtocolBufferException broken) {
      throw new AssertionError(broken);
    }
  }

  int rowCount(String prefix) {
    return scan(prefix, 4096).size();
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
    List<Row> found = new ArrayList<>();
    for (Map.Entry<String, byte[]> row : rows.entrySet()) {
      if (row.getKey().startsWith(prefix)
          && row.getKey().compareTo(from) >= 0
          && found.size() < limit) {
        found.add(new Row(row.getKey(), row.getValue()));
      }
    }
    return found;
  }
}
