package dev.drover.deploy.sim;

import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.RunMachine;
import dev.drover.agent.core.TurnMachine;
import dev.drover.hub.core.AuditMachine;
import dev.drover.hub.core.DeviceMachine;
import dev.drover.hub.core.ExecutionMachine;
import dev.drover.hub.core.JobMachine;
import dev.drover.machine.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The transition tables of the machines that take part, and which of their rows were used. */
final class Coverage {
  private Coverage() {}

  /** Returns the tables by the names of their machines. */
  static Map<String, Table<?, ?>> tables() {
    Map<String, Table<?, ?>> tables = new LinkedHashMap<>();
    tables.put("hub job", JobMachine.TABLE);
    tables.put("hub execution", ExecutionMachine.TABLE);
    tables.put("hub device", DeviceMachine.TABLE);
    tables.put("hub audit chain", AuditMachine.TABLE);
    tables.put("agent run", RunMachine.TABLE);
    tables.put("agent turn", TurnMachine.TABLE);
    tables.put("agent install", InstallMachine.TABLE);
    return tables;
  }

  /** Returns the rows that were never used in this process, in words. */
  static List<String> unused() {
    return tables().entrySet().stream()
        .flatMap(
            table ->
                table.getValue().fired().entrySet().stream()
                    .filter(row -> row.getValue() == 0)
                    .map(
                        row ->
                            table.getKey()
                                + ": "
                                + row.getKey().from()
                                + " "
                                + row.getKey().event()))
        .toList();
  }

  /** Returns how many rows there are. */
  static int rows() {
    return tables().values().stream().mapToInt(table -> table.rows().size()).sum();
  }
}
