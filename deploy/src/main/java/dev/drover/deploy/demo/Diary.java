package dev.drover.deploy.demo;

import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.BudgetMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.deploy.fleet.Machine;
import dev.drover.machine.Engine;
import dev.drover.machine.Row;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.v1.Execution;
import dev.drover.v1.RecordKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a device itself wrote down of its work, whatever the hub believes.
 *
 * @param entries its audit records, in order
 * @param charges for which answers it charged its budget, by day, execution and attempt
 */
record Diary(List<AuditTrail.Entry> entries, List<String> charges) {
  private static final int PAGE = 1000;
  private static final String QUESTION = "ASK";

  /**
   * Reads a copy of the store of an agent that does not run, so that the store stays as it is.
   *
   * @param copy a directory that is made, and deleted in the end
   */
  static Diary read(Path store, Path copy, Clock clock) throws IOException {
    try {
      return readCopy(store, Files.createDirectories(copy), clock);
    } finally {
      Machine.delete(copy);
    }
  }

  private static Diary readCopy(Path store, Path copy, Clock clock) throws IOException {
    try (Stream<Path> files = Files.list(store)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    try (Engine engine =
        DeviceEngine.open(
            copy, EngineTime.of(clock, System::nanoTime), EngineListener.ofFailure(code -> {}))) {
      AuditTrail trail = new AuditTrail(engine, new SecureRandom());
      List<AuditTrail.Entry> entries = new ArrayList<>();
      List<AuditTrail.Entry> page = trail.list(0, PAGE);
      while (!page.isEmpty()) {
        entries.addAll(page);
        page = trail.list(entries.get(entries.size() - 1).number() + 1, PAGE);
      }
      List<String> charges =
          engine.read(
              Machines.BUDGET,
              Machines.BUDGET,
              rows -> rows.scan(BudgetMachine.CHARGES, PAGE).stream().map(Row::name).toList());
      return new Diary(entries, charges);
    }
  }

  /**
   * Requires that the device took a question up once, charged its budget once and recorded one
   * answer, the one that the hub has.
   *
   * <p>An answer that was on the disk when its process was killed, but whose end was not, is given
   * again by the next process: a question may be asked again, and counts once. Within the life of
   * one process there is one.
   *
   * @return how many lives of the process recorded an answer, 1 if the kill did not come in between
   */
  int requireOnce(Execution execution) {
    String name = execution.getExecution() + " on " + execution.getDevice();
    long taken = entries.stream().filter(entry -> takes(entry.record(), execution)).count();
    Checks.require(taken == 1, name + " was taken up " + taken + " times.");
    String charge = "/" + execution.getExecution() + "/";
    long charged = charges.stream().filter(row -> row.contains(charge)).count();
    Checks.require(charged == 1, name + " was charged " + charged + " times.");
    int answered = 0;
    boolean inThisLife = false;
    byte[] last = {};
    for (AuditTrail.Entry entry : entries) {
      if (entry.record().getKind() == RecordKind.AGENT_STARTED) {
        inThisLife = false;
      } else if (answers(entry.record(), execution)) {
        Checks.require(!inThisLife, name + " was answered twice by one process.");
        inThisLife = true;
        answered++;
        last = entry.commitment();
      }
    }
    Checks.require(answered > 0, name + " was not answered.");
    Checks.require(
        Arrays.equals(last, execution.getRecord().toByteArray()),
        "The hub has another answer of " + name + " than the device recorded.");
    return answered;
  }

  private static boolean takes(AuditRecord record, Execution execution) {
    return record.getKind() == RecordKind.COMMAND_ACCEPTED
        && record.getCommand().getKind().equals(QUESTION)
        && record.getCommand().getExecution().equals(execution.getExecution());
  }

  private static boolean answers(AuditRecord record, Execution execution) {
    return record.getKind() == RecordKind.QUESTION_ANSWERED
        && record.getQuestion().getExecution().equals(execution.getExecution());
  }
}
