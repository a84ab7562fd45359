package dev.drover.hub.fleet;

import dev.drover.hub.core.ExecutionRows;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.core.JobSpecs;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.release.AnswerSchema;
import dev.drover.release.Question;
import dev.drover.v1.Execution;
import dev.drover.v1.FieldValue;
import dev.drover.v1.Job;
import dev.drover.v1.ListExecutionsResponse;
import dev.drover.v1.Task;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Vocabulary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Shows the executions of a job, with answers in the words of the signed schema and what tools told
 * by the names of its fields. Thread-safe.
 */
final class ExecutionViews {
  private final Machines machines;
  private final ReleaseCatalog releases;

  ExecutionViews(Machines machines, ReleaseCatalog releases) {
    this.machines = machines;
    this.releases = releases;
  }

  ListExecutionsResponse page(Job job, int size, String pageToken) {
    int from = pageToken.isEmpty() ? 1 : number(pageToken) + 1;
    List<JobRows.Target> targets =
        machines.readJob(job.getJob(), rows -> JobRows.targets(rows, from, size));
    Function<List<FieldValue>, Map<String, String>> words = words(job.getSpec().getTask());
    ListExecutionsResponse.Builder page = ListExecutionsResponse.newBuilder();
    for (JobRows.Target target : targets) {
      page.addExecutions(execution(job.getJob(), target, words));
    }
    if (targets.size() == size) {
      page.setNextPageToken(Integer.toString(targets.get(size - 1).number()));
    }
    return page.build();
  }

  private Execution execution(
      String job, JobRows.Target target, Function<List<FieldValue>, Map<String, String>> words) {
    String id = ExecutionRows.id(job, target.number());
    Optional<Execution> found =
        machines.readExecutions(target.device(), rows -> ExecutionRows.execution(rows, id));
    if (found.isEmpty()) {
      return Execution.newBuilder()
          .setExecution(id)
          .setJob(job)
          .setDevice(target.device())
          .setGroup(target.group())
          .build();
    }
    Execution execution = found.get();
    return execution.getFieldsCount() == 0
        ? execution
        : execution.toBuilder().putAllAnswer(words.apply(execution.getFieldsList())).build();
  }

  /** Returns what turns the fields that a device sent into words. */
  private Function<List<FieldValue>, Map<String, String>> words(Task task) {
    if (task.hasTool()) {
      return fields -> toolResult(task.getTool().getTool(), fields);
    }
    Optional<AnswerSchema> schema = schema(task);
    return fields -> schema.map(known -> answer(known, fields)).orElse(Map.of());
  }

  private static Map<String, String> answer(AnswerSchema schema, List<FieldValue> fields) {
    try {
      return schema.decode(fields);
    } catch (DroverException notOfTheSchema) {
      // The device said something else than the schema allows: shown as numbers only.
      return Map.of();
    }
  }

  private static Map<String, String> toolResult(String tool, List<FieldValue> fields) {
    Map<String, String> words = new LinkedHashMap<>();
    for (FieldValue field : fields) {
      String value =
          switch (field.getValueCase()) {
            case FLAG -> Boolean.toString(field.getFlag());
            case CHOICE -> Integer.toString(field.getChoice());
            case NUMBER -> Long.toString(field.getNumber());
            case VALUE_NOT_SET -> "";
          };
      words.put(Vocabulary.toolFieldLabel(tool, field.getProperty()), value);
    }
    return words;
  }

  private Optional<AnswerSchema> schema(Task task) {
    return task.hasAsk()
        ? JobSpecs.manifest(task, releases)
            .flatMap(manifest -> manifest.question(task.getAsk().getQuestion()))
            .map(Question::answer)
        : Optional.empty();
  }

  private static int number(String pageToken) {
    if (!pageToken.matches("[0-9]{1,9}")) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The page token is not one of ours.");
    }
    return Integer.parseInt(pageToken);
  }
}
