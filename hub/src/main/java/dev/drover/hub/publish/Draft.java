package dev.drover.hub.publish;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks what a person wrote before it is signed. A manifest may hold fields that a reader does not
 * know, so that later versions can add some; in a draft such a field is a spelling mistake.
 */
final class Draft {
  private static final List<String> KEYS =
      List.of("name", "version", "system", "contextTokens", "questions", "evalSuite");
  private static final List<String> QUESTION_KEYS =
      List.of("id", "template", "parameters", "reads", "answer");
  private static final List<String> GOLDEN_KEYS = List.of("id", "prompt", "answer", "expected");
  private static final Pattern PLACE = Pattern.compile("\\{([a-z0-9][a-z0-9._-]{0,63})\\}");
  private static final int CONTEXT_TOKENS_MIN = 64;
  private static final int CONTEXT_TOKENS_MAX = 1 << 20;

  private Draft() {}

  /**
   * Does nothing if the draft is sound, as far as a manifest's own rules do not say it.
   *
   * @throws DroverException with {@link ErrorCode#INVALID_ARGUMENT}
   */
  static void check(ObjectNode draft) {
    known(draft, KEYS, "the draft");
    JsonNode context = draft.path("contextTokens");
    if (!context.isMissingNode()
        && !(context.isInt()
            && context.asInt() >= CONTEXT_TOKENS_MIN
            && context.asInt() <= CONTEXT_TOKENS_MAX)) {
      throw wrong(
          "contextTokens is a number from " + CONTEXT_TOKENS_MIN + " to " + CONTEXT_TOKENS_MAX);
    }
    list(draft, "questions").forEach(Draft::question);
    list(draft, "evalSuite").forEach(Draft::golden);
  }

  private static JsonNode list(ObjectNode draft, String name) {
    JsonNode list = draft.path(name);
    if (!list.isMissingNode() && !list.isArray()) {
      throw wrong(name + " is a list");
    }
    return list;
  }

  private static void golden(JsonNode golden) {
    known(golden, GOLDEN_KEYS, "the golden prompt " + golden.path("id").asText("without an id"));
  }

  private static void question(JsonNode question) {
    String which = "the question " + question.path("id").asText("without an id");
    known(question, QUESTION_KEYS, which);
    JsonNode reads = question.path("reads");
    if (!reads.isMissingNode() && !reads.asText().equals("notes")) {
      throw wrong(which + " reads notes, or leaves reads out");
    }
    Set<String> declared = new TreeSet<>();
    question.path("parameters").fieldNames().forEachRemaining(declared::add);
    Set<String> used = new TreeSet<>();
    Matcher place = PLACE.matcher(question.path("template").asText());
    while (place.find()) {
      used.add(place.group(1));
    }
    if (!used.equals(declared)) {
      throw wrong(which + " has the parameters " + declared + " and its template uses " + used);
    }
  }

  private static void known(JsonNode node, List<String> keys, String where) {
    Iterator<String> names = node.fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      if (!keys.contains(name)) {
        throw wrong(where + " has no place for " + name + ", only for " + String.join(", ", keys));
      }
    }
  }

  private static DroverException wrong(String rule) {
    return new DroverException(ErrorCode.INVALID_ARGUMENT, "In a draft, " + rule + ".")
        .withNextStep("Correct the draft; nothing was signed.");
  }
}
