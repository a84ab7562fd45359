package dev.drover.agent.llm;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.drover.agent.core.Caller;
import dev.drover.agent.core.QuestionAnswerer.Answered;
import dev.drover.agent.core.QuestionAnswerer.Asked;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.run.CallContext;
import dev.drover.agent.run.FolderNotes;
import dev.drover.agent.run.ModelGate;
import dev.drover.agent.run.ModelQuestions;
import dev.drover.release.AnswerSchema;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Questions about notes on the real engine: never an answer as if notes had been read. */
final class NotesScenario {
  private static final String SHORT = "[b.txt]\nThe lamp is on.";
  private static final String QUESTION = "Is it calm?";

  private final ModelRuntime runtime;
  private final Path folder;
  private final ModelQuestions questions;
  private final AnswerSchema schema;

  NotesScenario(ModelRuntime runtime, Path directory) throws IOException {
    this.runtime = runtime;
    this.folder = Files.createDirectory(directory.resolve("notes"));
    ModelGate open = new ModelGate();
    open.open();
    this.questions = new ModelQuestions(runtime, new FolderNotes(folder), open);
    this.schema =
        AnswerSchema.parse(
            new JsonMapper()
                .readTree(
                    """
                    {"type": "object", "additionalProperties": false, "required": ["calm"],
                     "properties": {"calm": {"type": "boolean"}}}
                    """));
  }

  void run() throws IOException {
    assertFalse(prompt(QUESTION, true).contains("Notes:"), "there are none");

    Files.writeString(folder.resolve("b.txt"), "The lamp is on.\n");
    assertTrue(prompt(QUESTION, true).contains("Notes:\n" + SHORT + "\n\n" + QUESTION));
    assertFalse(prompt(QUESTION, false).contains("Notes:"), "it reads none");

    // Larger than the context, and first: what is behind it is read, and as much of it as fits.
    Files.writeString(folder.resolve("a.txt"), "The pump is off.\n".repeat(10_000));
    String cut = prompt(QUESTION, true);
    assertTrue(cut.contains("Notes:\n[a.txt]\nThe pump is off.\nThe pump"), cut);
    assertTrue(cut.contains("off.\n[...]\n\n" + SHORT + "\n\n" + QUESTION), cut);

    // Then ever longer questions: room for the short note only, for none, and for no question.
    int most = runtime.loaded().orElseThrow().contextTokens();
    while (!fits(longer(most))) {
      most--;
    }
    int needed = runtime.tokens("Notes:\n" + SHORT + "\n\n") + 2;
    String one = prompt(longer(most - needed), true);
    assertTrue(one.contains("Notes:\n" + SHORT + "\n\n" + QUESTION), one);
    for (int words : new int[] {most - 4, most, most + 1}) {
      assertRefused(ErrorCode.PROMPT_TOO_LONG, () -> prompt(longer(words), true));
    }
  }

  private static String longer(int words) {
    return QUESTION + " x".repeat(words);
  }

  private boolean fits(String question) {
    try {
      prompt(question, false);
      return true;
    } catch (DroverException refused) {
      assertEquals(ErrorCode.PROMPT_TOO_LONG, refused.code());
      return false;
    }
  }

  private String prompt(String question, boolean notes) {
    CallContext context = new CallContext(Caller.LOCAL, "notes", () -> 0, 120_000);
    Answered answered = questions.answer(new Asked("", notes, question, schema), context);
    assertTrue(answered.value().get("calm").isBoolean());
    return answered.prompt();
  }
}
