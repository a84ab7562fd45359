package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.deploy.demo.DemoQuestions.Answers;
import dev.drover.deploy.fleet.CheckFailed;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When answers count as following the notes. */
class DemoQuestionsTest {
  private static final Map<String, String> READS = Map.of("a", "b", "b", "c", "c", "a");
  private static final Answers OWN =
      new Answers(
          Map.of(
              "pump", Map.of("a", "faulty", "b", "running", "c", "stopped"),
              "belt", Map.of("a", "new", "b", "new", "c", "worn")));

  private static Answers answers(Map<String, String> pump, Map<String, String> belt) {
    return new Answers(Map.of("pump", pump, "belt", belt));
  }

  @Test
  void answers_thatAreThoseOfTheNotesOwner_hold() {
    Answers swapped =
        answers(
            Map.of("a", "running", "b", "stopped", "c", "faulty"),
            Map.of("a", "new", "b", "worn", "c", "new"));
    assertEquals(
        "100% answered as the notes' owner did," + " 17% as the device itself with its own notes",
        DemoQuestions.requireAnswersOfOwner(swapped, OWN, READS));
  }

  @Test
  void answers_thatStayWhatTheyWere_fail() {
    CheckFailed no =
        assertThrows(CheckFailed.class, () -> DemoQuestions.requireAnswersOfOwner(OWN, OWN, READS));
    assertEquals(
        "17% answered as the notes' owner did," + " 100% as the device itself with its own notes.",
        no.getMessage());
  }

  @Test
  void answers_thatDoNotDependOnNotes_fail() {
    Map<String, String> same = Map.of("a", "new", "b", "new", "c", "new");
    Answers blind = answers(same, same);
    assertThrows(CheckFailed.class, () -> DemoQuestions.requireAnswersOfOwner(blind, blind, READS));
  }

  @Test
  void answers_asOftenRightWithoutNotes_fail() {
    assertThrows(CheckFailed.class, () -> DemoQuestions.requireFewer(0.4, 0.4));
    assertThrows(CheckFailed.class, () -> DemoQuestions.requireFewer(0.4, 0.2));
    assertEquals("; 90% with the device's own notes", DemoQuestions.requireFewer(0.4, 0.9));
  }

  @Test
  void answers_ofWhichTooFewFollow_fail() {
    Answers half =
        answers(
            Map.of("a", "running", "b", "stopped", "c", "stopped"),
            Map.of("a", "worn", "b", "worn", "c", "new"));
    assertThrows(CheckFailed.class, () -> DemoQuestions.requireAnswersOfOwner(half, OWN, READS));
  }
}
