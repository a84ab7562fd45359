package dev.drover.hub.cli;

import dev.drover.wire.DroverException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which option fills in which field of a job: the hub names the field that it refuses. */
final class JobFields {
  /** In this order, because a field's name may begin with another's. */
  private static final List<Map.Entry<String, String>> OPTIONS =
      List.of(
          Map.entry("the length of name", "--name"),
          Map.entry("name has", "--name"),
          Map.entry("placement.any", "--any"),
          Map.entry("gate.success_percent", "--gate"),
          Map.entry("gate.failure_percent", "--gate-failures"),
          Map.entry("gate.minimum_ended", "--gate-min"),
          Map.entry("gate.soak_seconds", "--soak"),
          Map.entry("gate.deadline_seconds", "--group-deadline"),
          Map.entry("gate.unreachable", "--unreachable"),
          Map.entry("gate.on_failure", "--on-gate"),
          Map.entry("gate.health", "--health"),
          Map.entry("health checks", "--health"),
          Map.entry("rate.per_minute", "--rate"),
          Map.entry("rate.increase", "--grow"),
          Map.entry("abort_rules", "--abort-if"),
          Map.entry("abort rules", "--abort-if"),
          Map.entry("retry.attempts", "--attempts"),
          Map.entry("retry.backoff_max_seconds", "--backoff-max"),
          Map.entry("retry.backoff_seconds", "--backoff"),
          Map.entry("retry.jitter_percent", "--jitter"),
          Map.entry("retry.errors", "--retry-on"),
          Map.entry("approvals", "--approvals"),
          Map.entry("start_ms", "--start"),
          Map.entry("windows", "--window"),
          Map.entry("priority", "--priority"),
          Map.entry("timers.offer_seconds", "--offer-timeout"),
          Map.entry("timers.run_seconds", "--run-timeout"),
          Map.entry("timers.step_seconds", "--step-timeout"),
          Map.entry("timers.queue_seconds", "--queue-timeout"),
          Map.entry("lease_seconds", "--lease"),
          Map.entry("deadline_seconds", "--deadline"),
          Map.entry("concurrency", "--concurrency"),
          Map.entry("idempotency_key", "--key"),
          Map.entry("task.tool.arguments_json", "--args"),
          Map.entry("the tool's arguments", "--args"),
          Map.entry("task.tool.tool", "--tool"),
          Map.entry("number of groups", "--group"),
          Map.entry("of the job has", "--group"),
          Map.entry("saved groups", "--in"),
          Map.entry("devices", "--device"));

  private JobFields() {}

  /** Returns the refusal with the option to correct, where the hub has no better advice. */
  static DroverException named(DroverException refusal) {
    boolean plain = refusal.nextStep().equals(refusal.code().nextStep());
    Optional<String> option =
        plain ? option(String.valueOf(refusal.getMessage())) : Optional.empty();
    return switch (refusal.code()) {
      case INVALID_ARGUMENT, LIMIT_EXCEEDED ->
          option
              .map(name -> refusal.withNextStep("Correct " + name + "; --help says what it takes."))
              .orElse(refusal);
      default -> refusal;
    };
  }

  private static Optional<String> option(String message) {
    return OPTIONS.stream()
        .filter(entry -> message.contains(entry.getKey()))
        .findFirst()
        .map(Map.Entry::getValue);
  }
}
