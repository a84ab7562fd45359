package dev.drover.agent.llm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.ModelSpec;
import dev.drover.agent.run.ModelTrial;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.time.Duration;
import java.util.List;

/** The trial of a release on the real engine. */
final class TrialScenario {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final JsonMapper JSON = new JsonMapper();

  private TrialScenario() {}

  static void run(ModelRuntime runtime, ModelSpec model) throws JsonProcessingException {
    ModelTrial trial = new ModelTrial(runtime, System::nanoTime, LONG);
    ObjectNode draft = draft();
    ArrayNode suite = draft.putArray("evalSuite");
    assertEquals(ExecutionMeasures.getDefaultInstance(), trial.measure(manifest(draft)));

    runtime.load(model);
    trial.selfCheck();
    ExecutionMeasures without = trial.measure(manifest(draft));
    assertTrue(without.getMillitokensPerSecond() > 0);
    assertFalse(without.hasEvalPassPermille(), "nothing is told of a suite that is not there");

    // Of a yes and a no to the same prompt a model that always answers the same gets one right.
    golden(suite, "yes", "Is the sea calm?", true);
    golden(suite, "no", "Is the sea calm?", false);
    assertEquals(500, trial.measure(manifest(draft)).getEvalPassPermille());
    golden(suite, "long", "Is the sea calm? ".repeat(400), true);
    assertEquals(333, trial.measure(manifest(draft)).getEvalPassPermille());

    // A device that is too slow for its suite has not answered right, and is not refused for it.
    ModelTrial slow = new ModelTrial(runtime, System::nanoTime, Duration.ZERO);
    ExecutionMeasures late = slow.measure(manifest(draft));
    assertTrue(late.hasEvalPassPermille());
    assertEquals(0, late.getEvalPassPermille());

    runtime.close();
    DroverException gone =
        assertThrows(DroverException.class, () -> trial.measure(manifest(draft)));
    assertEquals(ErrorCode.UNAVAILABLE, gone.code());
  }

  private static ObjectNode draft() {
    ObjectNode draft = JSON.createObjectNode();
    draft.put("name", "calm").put("version", "1").put("releaseCounter", 1).put("system", "");
    return draft.put("contextTokens", 512);
  }

  private static void golden(ArrayNode suite, String id, String prompt, boolean calm)
      throws JsonProcessingException {
    ObjectNode golden = suite.addObject().put("id", id).put("prompt", prompt);
    golden.set(
        "answer",
        JSON.readTree(
            """
            {"type": "object", "additionalProperties": false, "required": ["calm"],
             "properties": {"calm": {"type": "boolean"}}}
            """));
    golden.putObject("expected").put("calm", calm);
  }

  private static ReleaseManifest manifest(ObjectNode draft) {
    return ReleaseManifest.parse(ReleaseManifest.write(draft, List.of()));
  }
}
