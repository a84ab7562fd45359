package dev.drover.deploy.demo;

import dev.drover.deploy.fleet.Jobs;
import dev.drover.term.TextTable;
import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.Job;
import dev.drover.v1.JobState;
import dev.drover.v1.Release;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The fleet answers signed questions about its own notes. */
final class DemoQuestions {
  /** Answers by question and device. */
  record Answers(Map<String, Map<String, String>> given) {
    /** Returns the share of answers that fit the notes of the device that {@code reads} names. */
    double accuracy(Notes notes, Map<String, String> reads) {
      int all = 0;
      int right = 0;
      for (Map.Entry<String, Map<String, String>> question : given.entrySet()) {
        for (Map.Entry<String, String> answer : question.getValue().entrySet()) {
          String source = reads.getOrDefault(answer.getKey(), answer.getKey());
          all++;
          right += answer.getValue().equals(notes.expected(source, question.getKey())) ? 1 : 0;
        }
      }
      return all == 0 ? 0 : (double) right / all;
    }

    /**
     * Returns the share of answers that are those which the device that {@code reads} names gave.
     */
    double agreement(Answers others, Map<String, String> reads) {
      int all = 0;
      int same = 0;
      for (Map.Entry<String, Map<String, String>> question : given.entrySet()) {
        Map<String, String> other = others.given.getOrDefault(question.getKey(), Map.of());
        for (Map.Entry<String, String> answer : question.getValue().entrySet()) {
          String source = reads.getOrDefault(answer.getKey(), answer.getKey());
          all++;
          same += answer.getValue().equals(other.get(source)) ? 1 : 0;
        }
      }
      return all == 0 ? 0 : (double) same / all;
    }
  }

  private static final int SWAPPED_QUESTIONS = 4;
  private static final double GOOD = 0.8;
  private static final double CHANCE_MARGIN = 0.25;

  private final Scene scene;
  private final TextTable results = new TextTable("MODEL", "NOTES READ", "RIGHT", "BY CHANCE");
  private Answers smallAnswers = new Answers(Map.of());

  /** To the second release, each device with its own notes. */
  private Answers ownAnswers = new Answers(Map.of());

  DemoQuestions(Scene scene) {
    this.scene = scene;
  }

  /** Asks every device these questions, all of them in flight at once. */
  private Answers ask(Release release, List<String> questions) {
    Map<String, Job> jobs = new LinkedHashMap<>();
    for (String question : questions) {
      jobs.put(question, scene.jobs().create(Jobs.ask(release, question)));
    }
    Map<String, Map<String, String>> given = new LinkedHashMap<>();
    for (Map.Entry<String, Job> asked : jobs.entrySet()) {
      Job job = scene.jobs().finish(asked.getValue().getJob(), Scene.INSTALL);
      Checks.require(
          job.getState() == JobState.JOB_SUCCEEDED, job.getState() + ": " + job.getCause());
      Map<String, String> answers = new LinkedHashMap<>();
      for (Execution execution : scene.jobs().executions(job.getJob()).values()) {
        Checks.require(
            execution.getState() == ExecutionState.SUCCEEDED && execution.getRecord().size() == 32,
            execution.getDevice() + " gave no answer with a commitment.");
        scene.answered.put(execution.getDevice(), execution.getRecord());
        answers.put(execution.getDevice(), execution.getAnswerOrDefault(Notes.PROPERTY, ""));
      }
      Checks.require(
          answers.size() == Scene.DEVICES.size(), "Not every device answered " + asked.getKey());
      given.put(asked.getKey(), answers);
    }
    return new Answers(given);
  }

  String small() {
    smallAnswers = ask(scene.small(), Notes.questions());
    table(smallAnswers);
    double right = smallAnswers.accuracy(scene.notes, Map.of());
    result("SmolLM2-135M", "its own", right);
    return percent(right)
        + " right; near chance ("
        + percent(Notes.chance())
        + ") is what so small a model gives";
  }

  private void result(String model, String read, double right) {
    results.row(model, read, percent(right), percent(Notes.chance()));
  }

  /** Shows the share of right answers of every model, and of the controls. */
  void results() {
    scene.checks.show(results);
  }

  private void table(Answers answers) {
    List<String> header = new ArrayList<>(List.of("QUESTION"));
    Scene.DEVICES.forEach(device -> header.add(device.toUpperCase(Locale.ROOT) + " (EXPECTED)"));
    var table = new TextTable(header.toArray(String[]::new));
    for (String question : Notes.questions()) {
      List<Object> row = new ArrayList<>(List.of(question));
      Map<String, String> given = answers.given().getOrDefault(question, Map.of());
      for (String device : Scene.DEVICES) {
        String expected = scene.notes.expected(device, question);
        String answer = given.getOrDefault(device, "-");
        row.add(answer.equals(expected) ? answer + " =" : answer + " (" + expected + ")");
      }
      table.row(row.toArray());
    }
    scene.checks.show(table);
  }

  private String model() {
    return scene.options.small() ? "SmolLM2-135M" : "Qwen2.5-Coder-1.5B";
  }

  /** Takes the notes away: what is right then is right by chance. */
  String withoutNotes() throws IOException {
    for (String device : Scene.DEVICES) {
      Notes.clear(scene.notesOf(device));
    }
    try {
      double accuracy = ask(scene.large(), Notes.questions()).accuracy(scene.notes, Map.of());
      result(model(), "none", accuracy);
      requireByChance(accuracy);
      String seen =
          percent(accuracy) + " right without notes; chance is " + percent(Notes.chance());
      return scene.options.small()
          ? seen // the small model reads badly: it may be right by chance as often
          : seen + requireFewer(accuracy, ownAnswers.accuracy(scene.notes, Map.of()));
    } finally {
      restore();
    }
  }

  private static void requireByChance(double without) {
    Checks.require(
        without <= Notes.chance() + CHANCE_MARGIN,
        "Without notes " + percent(without) + " were right, which chance does not explain.");
  }

  /** Requires that fewer answers were right without notes than with the device's own. */
  static String requireFewer(double without, double own) {
    Checks.require(
        without < own,
        percent(without)
            + " were right without notes, and no more with them, which is "
            + percent(own)
            + ".");
    return "; " + percent(own) + " with the device's own notes";
  }

  /**
   * Gives each device the notes of the next one. With them it must answer what that one answered:
   * the model is asked greedily, so that this holds also of one that reads badly, as long as it
   * reads at all.
   */
  String swapped() throws IOException {
    List<String> questions =
        scene.options.small() ? Notes.questions() : Notes.questions().subList(0, SWAPPED_QUESTIONS);
    if (ownAnswers.given().isEmpty()) {
      ownAnswers = ask(scene.large(), questions);
    }
    Map<String, String> reads = new LinkedHashMap<>();
    for (int i = 0; i < Scene.DEVICES.size(); i++) {
      String device = Scene.DEVICES.get(i);
      String other = Scene.DEVICES.get((i + 1) % Scene.DEVICES.size());
      reads.put(device, other);
      scene.notes.write(other, scene.notesOf(device));
    }
    try {
      return requireFollows(ask(scene.large(), questions), reads);
    } finally {
      restore();
    }
  }

  private String requireFollows(Answers answers, Map<String, String> reads) {
    double follows = answers.accuracy(scene.notes, reads);
    double stays = answers.accuracy(scene.notes, Map.of());
    result(model(), "of another device", follows);
    result(model(), "(its own answers then)", stays);
    if (!scene.options.small()) {
      Checks.require(
          follows >= GOOD && follows > stays,
          percent(follows) + " follow the swapped notes, " + percent(stays) + " the old ones.");
    }
    return percent(follows)
        + " right by the swapped notes, "
        + percent(stays)
        + " by the old ones; "
        + requireAnswersOfOwner(answers, ownAnswers, reads);
  }

  /** Requires that devices answered as the owners of the notes did, and not as they did before. */
  static String requireAnswersOfOwner(Answers swapped, Answers own, Map<String, String> reads) {
    double owners = swapped.agreement(own, reads);
    double before = swapped.agreement(own, Map.of());
    String seen =
        percent(owners)
            + " answered as the notes' owner did, "
            + percent(before)
            + " as the device itself with its own notes";
    Checks.require(owners >= GOOD && owners > before, seen + ".");
    return seen;
  }

  private void restore() throws IOException {
    for (String device : Scene.DEVICES) {
      scene.notes.write(device, scene.notesOf(device));
    }
  }

  /** Asks the same again after the update and compares. */
  String large() {
    Answers answers = ask(scene.large(), Notes.questions());
    ownAnswers = answers;
    table(answers);
    double before = smallAnswers.accuracy(scene.notes, Map.of());
    double after = answers.accuracy(scene.notes, Map.of());
    result(model(), "its own", after);
    Checks.require(
        after >= GOOD && after >= before + CHANCE_MARGIN,
        percent(before) + " right before, " + percent(after) + " after.");
    return percent(before) + " right before the update, " + percent(after) + " after";
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f%%", share * 100);
  }
}
