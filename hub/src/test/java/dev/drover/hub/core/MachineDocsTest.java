package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.machine.Table;
import dev.drover.testkit.GeneratedDoc;
import org.junit.jupiter.api.Test;

/** The diagrams in the documents are drawn from the tables. */
class MachineDocsTest {
  private static void check(String file, String title, String about, Table<?, ?> table) {
    GeneratedDoc.check(
        "docs/machines/" + file + ".md",
        "# "
            + title
            + "\n\n"
            + about
            + "\n\nThis page is generated from the machine's table; a test fails when it is stale."
            + "\n\n```mermaid\n"
            + table.mermaid()
            + "```\n");
  }

  @Test
  void deviceDiagram_isFresh() {
    check(
        "hub-device",
        "A device, on the hub",
        "`DeviceMachine`: what the hub knows of one device. `HELLO` and `EVENT` carry a valid MAC;"
            + " presence is the broker's word and only a hint.",
        DeviceMachine.TABLE);
  }

  @Test
  void executionDiagram_isFresh() {
    check(
        "hub-execution",
        "An execution, on the hub",
        "`ExecutionMachine`: one job on one device. `UNREACHABLE` is the hub's word, so what the"
            + " device says later still counts.",
        ExecutionMachine.TABLE);
  }

  @Test
  void jobDiagram_isFresh() {
    check(
        "hub-job",
        "A job",
        "`JobMachine`: work for a set of devices, group by group.",
        JobMachine.TABLE);
  }

  @Test
  void chainDiagram_isFresh() {
    check(
        "hub-audit-chain",
        "A device's audit chain, on the hub",
        "`AuditMachine`: the batches of one life of a device.",
        AuditMachine.TABLE);
  }

  @Test
  void tokenDiagram_isFresh() {
    check(
        "hub-token",
        "An enrolment token",
        "`RegistryMachine`: a token admits one device once; the request that used it may be"
            + " repeated.",
        Tokens.TABLE);
  }

  @Test
  void finalStates_areThoseThatNothingLeaves() {
    assertTrue(ExecutionMachine.TABLE.isFinal(ExecutionMachine.State.SUCCEEDED));
    assertTrue(ExecutionMachine.TABLE.isFinal(ExecutionMachine.State.OUTCOME_UNKNOWN));
    // What a pause took back is granted again.
    assertFalse(ExecutionMachine.TABLE.isFinal(ExecutionMachine.State.CANCELLED));
    assertFalse(ExecutionMachine.TABLE.isFinal(ExecutionMachine.State.UNREACHABLE));
    assertFalse(DeviceMachine.TABLE.isFinal(DeviceMachine.State.REVOKED));
    assertEquals(JobMachine.State.NONE, JobMachine.TABLE.initial());
    // A job that ended may still be rolled back, also where devices say late that they changed.
    assertFalse(JobMachine.TABLE.isFinal(JobMachine.State.FAILED));
    assertTrue(JobMachine.TABLE.isFinal(JobMachine.State.ROLLED_BACK));
    assertFalse(JobMachine.TABLE.isFinal(JobMachine.State.SUCCEEDED));
  }
}
