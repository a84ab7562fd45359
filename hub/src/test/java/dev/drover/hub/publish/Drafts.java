package dev.drover.hub.publish;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Drafts of releases for tests. */
public final class Drafts {
  private Drafts() {}

  /** Returns a draft with one question. */
  public static ObjectNode draft(String version) {
    ObjectNode draft = JsonNodeFactory.instance.objectNode();
    draft.put("name", "hall").put("version", version).put("system", "").put("contextTokens", 256);
    ObjectNode question = draft.putArray("questions").addObject();
    question.put("id", "door").put("template", "Is the door open?").put("reads", "notes");
    yesOrNo(question.putObject("answer"));
    return draft;
  }

  /** Returns a draft whose eval suite any model that always answers the same half passes. */
  public static ObjectNode evaluated(String version) {
    ObjectNode draft = draft(version);
    ArrayNode suite = draft.putArray("evalSuite");
    for (String right : List.of("yes", "no")) {
      ObjectNode golden = suite.addObject().put("id", right).put("prompt", "Is a door open?");
      golden.putObject("expected").put("answer", right);
      yesOrNo(golden.putObject("answer"));
    }
    return draft;
  }

  private static void yesOrNo(ObjectNode schema) {
    schema.put("type", "object").put("additionalProperties", false);
    schema.putObject("properties").putObject("answer").putArray("enum").add("yes").add("no");
    schema.putArray("required").add("answer");
  }
}
