package dev.drover.deploy.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Private notes of the demo's devices, made from a seed, and the questions about them with the
 * answers that a reader of the notes would give.
 */
final class Notes {
  /** Name of the property that every answer has. */
  static final String PROPERTY = "answer";

  private record Topic(String id, String question, String sentence, List<String> values) {}

  private static final List<Topic> TOPICS =
      List.of(
          new Topic(
              "pump",
              "What is the state of the pump?",
              "The pump is %s.",
              List.of("running", "stopped", "faulty")),
          new Topic(
              "coolant",
              "How is the coolant level?",
              "The coolant level is %s.",
              List.of("low", "normal", "high")),
          new Topic(
              "technician",
              "Which technician serviced the machine?",
              "%s serviced the machine last week.",
              List.of("Ana", "Ben", "Carla", "David")),
          new Topic(
              "day",
              "On which day is the next maintenance?",
              "The next maintenance is on %s.",
              List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")),
          new Topic(
              "door", "Is the door open or closed?", "The door is %s.", List.of("open", "closed")),
          new Topic(
              "filter",
              "What colour is the filter?",
              "The filter that is built in is %s.",
              List.of("red", "green", "blue", "yellow")),
          new Topic(
              "belt",
              "How is the conveyor belt?",
              "The conveyor belt looks %s.",
              List.of("new", "worn", "torn")),
          new Topic(
              "shift",
              "Which shift is on duty?",
              "The %s shift is on duty.",
              List.of("morning", "evening", "night")));

  private final Map<String, Map<String, String>> answers = new LinkedHashMap<>();
  private final String secret;

  Notes(long seed, List<String> devices) {
    SplittableRandom random = new SplittableRandom(seed);
    for (String device : devices) {
      Map<String, String> facts = new LinkedHashMap<>();
      for (Topic topic : TOPICS) {
        facts.put(topic.id, topic.values.get(random.nextInt(topic.values.size())));
      }
      answers.put(device, facts);
    }
    this.secret = "zx" + Long.toUnsignedString(random.nextLong(), 36) + "qv";
  }

  /** Returns a word that stands in every device's notes and must be nowhere else. */
  String secret() {
    return secret;
  }

  static List<String> questions() {
    return TOPICS.stream().map(Topic::id).toList();
  }

  /** Returns the share of right answers that guessing gives, 0 to 1. */
  static double chance() {
    return TOPICS.stream().mapToDouble(topic -> 1.0 / topic.values.size()).average().orElse(0);
  }

  /** Returns what a reader of a device's notes answers. */
  String expected(String notesOf, String question) {
    return answers.getOrDefault(notesOf, Map.of()).getOrDefault(question, "");
  }

  /** Writes one device's notes into another's folder, or its own. */
  void write(String notesOf, Path folder) throws IOException {
    StringBuilder text = new StringBuilder();
    Map<String, String> facts = answers.getOrDefault(notesOf, Map.of());
    for (Topic topic : TOPICS) {
      text.append(String.format(Locale.ROOT, topic.sentence, facts.get(topic.id))).append('\n');
    }
    text.append("The gate code is ").append(secret).append(".\n");
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("shift.txt"), text);
  }

  /** Removes a device's notes. */
  static void clear(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve("shift.txt"));
  }

  /**
   * Returns the draft of a release with all questions.
   *
   * @param system the system prompt
   */
  static ObjectNode draft(String version, String system) {
    ObjectNode draft = new ObjectMapper().createObjectNode();
    draft.put("name", "hall");
    draft.put("version", version);
    draft.put("system", system);
    draft.put("contextTokens", 1024);
    ArrayNode questions = draft.putArray("questions");
    for (Topic topic : TOPICS) {
      ObjectNode question = questions.addObject();
      question.put("id", topic.id);
      question.put("template", topic.question);
      question.put("reads", "notes");
      ObjectNode schema = question.putObject("answer");
      schema.put("type", "object");
      schema.put("additionalProperties", false);
      ArrayNode values = schema.putObject("properties").putObject(PROPERTY).putArray("enum");
      topic.values.forEach(values::add);
      schema.putArray("required").add(PROPERTY);
    }
    return draft;
  }
}
