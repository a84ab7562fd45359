package dev.drover.deploy.sim;

import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.RunMachine;
import dev.drover.agent.core.TurnMachine;
import dev.drover.hub.core.AuditMachine;
import dev.drover.hub.core.DeviceMachine;
import dev.drover.hub.core.ExecutionMachine;
import dev.drover.hub.core.JobMachine;
import dev.drover.hub.core.RegistryMachine;
import dev.drover.machine.Table;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The transition tables of the machines that take part, and which of their rows were used. */
final class Coverage {
  private Coverage() {}

  /** Returns the tables by the names of their machines. */
  static Map<String, Table<?, ?>> tables() {
    Map<String, Table<?, ?>> tables = new LinkedHashMap<>();
    tables.put("hub job", JobMachine.TABLE);
    tables.put("hub execution", ExecutionMachine.TABLE);
    tables.put("hub device", DeviceMachine.TABLE);
    tables.put("hub token", RegistryMachine.TOKENS);
    tables.put("hub audit chain", AuditMachine.TABLE);
    tables.put("agent run", RunMachine.TABLE);
    tables.put("agent turn", TurnMachine.TABLE);
    tables.put("agent install", InstallMachine.TABLE);
    return tables;
  }

  /** How often rows were used, by what they are called: the machine, the state and the event. */
  static Map<String, Long> fired() {
    Map<String, Long> fired = new LinkedHashMap<>();
    tables()
        .forEach(
            (machine, table) ->
                table
                    .fired()
                    .forEach(
                        (row, times) ->
                            fired.put(machine + ": " + row.from() + " " + row.event(), times)));
    return fired;
  }

  /** Returns the rows that were not used since then. */
  static Set<String> unusedSince(Map<String, Long> before) {
    return fired().entrySet().stream()
        .filter(row -> row.getValue().equals(before.getOrDefault(row.getKey(), 0L)))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Returns how many rows there are. */
  static int rows() {
    return tables().values().stream().mapToInt(table -> table.rows().size()).sum();
  }
}
