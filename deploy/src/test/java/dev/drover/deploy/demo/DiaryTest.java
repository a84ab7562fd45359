package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.BudgetMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.v1.AuditRecord;
import dev.drover.agent.v1.BudgetEvent;
import dev.drover.agent.v1.CommandDetails;
import dev.drover.agent.v1.QuestionDetails;
import dev.drover.agent.v1.StartDetails;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a device's own records must say of an execution that met a kill. */
class DiaryTest {
  private static final String NAME = "j7-press-1";
  private static final AuditRecord STARTED =
      AuditRecord.newBuilder().setKind(RecordKind.AGENT_STARTED).build();
  private static final AuditRecord TAKEN =
      AuditRecord.newBuilder()
          .setKind(RecordKind.COMMAND_ACCEPTED)
          .setCommand(CommandDetails.newBuilder().setExecution(NAME).setKind("ASK"))
          .build();
  private static final AuditRecord ANSWERED =
      AuditRecord.newBuilder()
          .setKind(RecordKind.QUESTION_ANSWERED)
          .setQuestion(QuestionDetails.newBuilder().setExecution(NAME))
          .build();
  private static final String CHARGE = "c/00020000/" + NAME + "/1";

  @TempDir private Path directory;

  /** Returns records whose commitments are their numbers. */
  private static List<AuditTrail.Entry> entries(AuditRecord... records) {
    List<AuditTrail.Entry> entries = new ArrayList<>();
    for (AuditRecord record : records) {
      byte[] commitment = {(byte) entries.size()};
      entries.add(new AuditTrail.Entry(entries.size(), record, new byte[0], commitment));
    }
    return entries;
  }

  private static Execution execution(int record) {
    return Execution.newBuilder()
        .setExecution(NAME)
        .setDevice("press-1")
        .setRecord(ByteString.copyFrom(new byte[] {(byte) record}))
        .build();
  }

  private static Diary diary(AuditRecord... records) {
    return new Diary(entries(records), List.of(CHARGE));
  }

  private static String refused(Diary diary, int record) {
    return String.valueOf(
        assertThrows(CheckFailed.class, () -> diary.requireOnce(execution(record))).getMessage());
  }

  @Test
  void work_takenUpChargedAndAnsweredOnce_holds() {
    assertEquals(1, diary(STARTED, TAKEN, STARTED, ANSWERED).requireOnce(execution(3)));
  }

  @Test
  void answer_givenAgainAfterAKill_isTold_andCountsAsTheHubHasIt() {
    Diary again = diary(STARTED, TAKEN, ANSWERED, STARTED, ANSWERED);
    assertEquals(2, again.requireOnce(execution(4)));
    assertEquals(
        "The hub has another answer of j7-press-1 on press-1 than the device recorded.",
        refused(again, 2));
  }

  @Test
  void work_doneTwice_fails() {
    assertEquals(
        "j7-press-1 on press-1 was answered twice by one process.",
        refused(diary(STARTED, TAKEN, ANSWERED, ANSWERED), 3));
    assertEquals(
        "j7-press-1 on press-1 was taken up 2 times.",
        refused(diary(STARTED, TAKEN, STARTED, TAKEN, ANSWERED), 4));
    Diary charged = new Diary(entries(TAKEN, ANSWERED), List.of(CHARGE, CHARGE + "0"));
    assertEquals("j7-press-1 on press-1 was charged 2 times.", refused(charged, 1));
  }

  @Test
  void work_ofWhichNothingIsThere_fails() {
    assertEquals("j7-press-1 on press-1 was not answered.", refused(diary(STARTED, TAKEN), 1));
    assertEquals("j7-press-1 on press-1 was taken up 0 times.", refused(diary(ANSWERED), 0));
    Diary free = new Diary(entries(TAKEN, ANSWERED), List.of());
    assertEquals("j7-press-1 on press-1 was charged 0 times.", refused(free, 1));
  }

  @Test
  void store_isReadFromACopyThatGoes_recordsAndCharges() throws IOException {
    Path store = directory.resolve("store");
    byte[] commitment;
    try (Engine engine =
        DeviceEngine.open(
            store,
            EngineTime.of(Clock.systemUTC(), System::nanoTime),
            EngineListener.ofFailure(code -> {}))) {
      engine.register(new AuditMachine());
      engine.register(new BudgetMachine(10_000));
      engine.handle(Machines.EFFECT_AUDIT_WAKE, owed -> EffectResult.doneStage());
      engine.start();
      AuditTrail trail = new AuditTrail(engine, new SecureRandom());
      var unused = trail.started(StartDetails.getDefaultInstance()).toCompletableFuture().join();
      commitment =
          trail
              .answered(QuestionDetails.newBuilder().setExecution(NAME).build())
              .toCompletableFuture()
              .join();
      BudgetEvent charge =
          BudgetEvent.newBuilder().setChargeId(NAME + "/1").setMillibits(1).build();
      var reply =
          engine
              .submit(Machines.BUDGET, Machines.BUDGET, charge.toByteArray())
              .toCompletableFuture()
              .join();
      assertEquals(true, reply.accepted());
    }
    Path copy = directory.resolve("copy");
    Diary diary = Diary.read(store, copy, Clock.systemUTC());
    assertEquals(true, Files.notExists(copy));
    assertEquals(
        List.of(RecordKind.AGENT_STARTED, RecordKind.QUESTION_ANSWERED),
        diary.entries().stream().map(entry -> entry.record().getKind()).toList());
    assertEquals(true, Arrays.equals(commitment, diary.entries().get(1).commitment()));
    assertEquals(1, diary.charges().size());
    assertEquals(true, diary.charges().get(0).endsWith("/" + NAME + "/1"), diary::toString);
  }
}
