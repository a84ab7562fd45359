package dev.drover.hub.publish;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Drafts of releases for tests. */
public final class Drafts {
  private Drafts() {}

  /** Returns a draft with one question. */
  public static ObjectNode draft(String version) {
    ObjectNode draft = JsonNodeFactory.instance.objectNode();
    draft.put("name", "hall").put("version", version).put("system", "").put("contextTokens", 256);
    ObjectNode question = draft.putArray("questions").addObject();
    question.put("id", "door").put("template", "Is the door open?").put("reads", "notes");
    ObjectNode schema = question.putObject("answer");
    schema.put("type", "object").put("additionalProperties", false);
    schema.putObject("properties").putObject("answer").putArray("enum").add("yes").add("no");
    schema.putArray("required").add("answer");
    return draft;
  }
}
