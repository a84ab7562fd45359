package dev.drover.hub.core;

import static dev.drover.hub.core.JobSpecs.invalid;
import static dev.drover.hub.core.JobSpecs.range;

import dev.drover.release.ReleaseManifest;
import dev.drover.v1.AbortRule;
import dev.drover.v1.FailureKind;
import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.HealthCheck;
import dev.drover.v1.HealthFigure;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Rate;
import dev.drover.v1.RateCriterion;
import dev.drover.v1.RateIncrease;
import dev.drover.v1.RetrySpec;
import dev.drover.v1.StopAction;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.Task;
import dev.drover.v1.Unreachable;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.Arrays;
import java.util.List;

/** Checks how fast an operator wants a job to go on, and when it is to stop. Pure. */
final class PaceSpecs {
  private static final int PER_MINUTE_MAX = 60_000;
  private static final int FACTOR_TENTHS_MIN = 11;
  private static final int FACTOR_TENTHS_MAX = 50;
  private static final int PERMILLE = 1000;
  private static final long FIGURE_MAX = 1_000_000_000;

  private PaceSpecs() {}

  static void check(JobSpec spec) {
    List<GroupSpec> groups = spec.getGroupsList();
    for (int i = 0; i < groups.size(); i++) {
      long most = groups.get(i).getCount() > 0 ? groups.get(i).getCount() : Limits.JOB_DEVICES_MAX;
      checkGate(groups.get(i).getGate(), most, spec.getTask());
      boolean open = spec.getSelection() == TargetSelection.CONTINUOUS && i == groups.size() - 1;
      if (open && groups.get(i).getGate().getDeadlineSeconds() > 0) {
        throw invalid("the last group of a continuous job has no deadline but the job's");
      }
    }
    if (spec.hasRate()) {
      checkRate(spec.getRate());
    }
    Limits.check(
        "The number of abort rules", spec.getAbortRulesCount(), Limits.JOB_ABORT_RULES_MAX);
    spec.getAbortRulesList().forEach(rule -> checkRule(rule, spec.getTask()));
    checkRetry(spec.getRetry(), spec.getDeadlineSeconds());
    range("approvals", spec.getApprovals(), 0, Limits.JOB_APPROVALS_MAX);
    if (spec.getStartMs() < 0) {
      throw invalid("start_ms is 0 or a time");
    }
    range("start_in_seconds", spec.getStartInSeconds(), 0, Limits.JOB_DEADLINE_SECONDS_MAX);
    if (spec.getStartMs() > 0 && spec.getStartInSeconds() > 0) {
      throw invalid("start_ms and start_in_seconds are not given together");
    }
    if (spec.getSelection() == TargetSelection.UNRECOGNIZED) {
      throw invalid("selection is SNAPSHOT or CONTINUOUS");
    }
  }

  /** Refuses a gate on a figure that nobody can tell of this release: it could only fail. */
  static void checkFigures(JobSpec spec, ReleaseManifest release) {
    boolean evaluated =
        spec.getGroupsList().stream()
            .flatMap(group -> group.getGate().getHealthList().stream())
            .anyMatch(check -> check.getFigure() == HealthFigure.EVAL_PASS_PERMILLE);
    if (evaluated && release.evalSuite().isEmpty()) {
      throw invalid("gate.health asks for an eval, and " + release.label() + " has no evalSuite")
          .withNextStep(
              "Leave the eval out of the gate, or publish a release whose draft has an evalSuite.");
    }
  }

  private static void checkGate(Gate gate, long most, Task task) {
    range("gate.success_percent", gate.getSuccessPercent(), 0, 100);
    range("gate.failure_percent", gate.getFailurePercent(), 0, 100);
    range("gate.soak_seconds", gate.getSoakSeconds(), 0, Limits.JOB_DEADLINE_SECONDS_MAX);
    range("gate.deadline_seconds", gate.getDeadlineSeconds(), 0, Limits.JOB_DEADLINE_SECONDS_MAX);
    range("gate.minimum_ended", gate.getMinimumEnded(), 0, most);
    if (gate.getUnreachable() == Unreachable.UNRECOGNIZED) {
      throw invalid("gate.unreachable is one of its names");
    }
    checkAction("gate.on_failure", gate.getOnFailure(), task);
    Limits.check("The number of health checks", gate.getHealthCount(), Limits.HEALTH_CHECKS_MAX);
    gate.getHealthList().forEach(check -> checkHealth(check, most, task));
  }

  private static void checkHealth(HealthCheck check, long most, Task task) {
    boolean told =
        switch (check.getFigure()) {
          case EVAL_PASS_PERMILLE -> {
            range("gate.health.limit of an eval", check.getLimit(), 0, PERMILLE);
            yield task.hasInstall();
          }
          case MILLITOKENS_PER_SECOND -> task.hasInstall() || task.hasAsk();
          case CRASHES -> task.hasInstall();
          case HEALTH_FIGURE_UNSPECIFIED, UNRECOGNIZED -> false;
        };
    if (!told) {
      throw invalid("gate.health names a figure that devices report for its task");
    }
    range("gate.health.limit", check.getLimit(), 0, FIGURE_MAX);
    range("gate.health.devices_percent", check.getDevicesPercent(), 0, 100);
    range("gate.health.devices_minimum", check.getDevicesMinimum(), 0, most);
  }

  private static void checkAction(String what, StopAction action, Task task) {
    if (action == StopAction.UNRECOGNIZED) {
      throw invalid(what + " is ABORT, PAUSE or ROLL_BACK");
    }
    if (action == StopAction.ROLL_BACK && !task.hasInstall()) {
      throw invalid(what + " is ROLL_BACK only where a release is installed");
    }
  }

  private static void checkRate(Rate rate) {
    range("rate.per_minute", rate.getPerMinute(), 1, PER_MINUTE_MAX);
    if (rate.hasIncrease()) {
      RateIncrease increase = rate.getIncrease();
      range(
          "rate.increase.factor_tenths",
          increase.getFactorTenths(),
          FACTOR_TENTHS_MIN,
          FACTOR_TENTHS_MAX);
      range("rate.increase.every", increase.getEvery(), 1, Limits.JOB_DEVICES_MAX);
      range(
          "rate.increase.per_minute_max",
          increase.getPerMinuteMax(),
          rate.getPerMinute(),
          PER_MINUTE_MAX);
      if (increase.getCriterion() == RateCriterion.UNRECOGNIZED) {
        throw invalid("rate.increase.criterion is one of its names");
      }
    }
  }

  private static void checkRule(AbortRule rule, Task task) {
    if (rule.getFailure() == FailureKind.UNRECOGNIZED) {
      throw invalid("abort_rules.failure is one of its names");
    }
    if (rule.getThreshold() < 1 || rule.getThreshold() > 10_000) {
      throw invalid("abort_rules.threshold is 1 to 10000 hundredths of a percent");
    }
    range("abort_rules.minimum_ended", rule.getMinimumEnded(), 0, Limits.JOB_DEVICES_MAX);
    checkAction("abort_rules.action", rule.getAction(), task);
  }

  private static void checkRetry(RetrySpec retry, long deadline) {
    range("retry.attempts", retry.getAttempts(), 0, Limits.ATTEMPTS_MAX);
    range("retry.backoff_seconds", retry.getBackoffSeconds(), 0, deadline);
    range("retry.backoff_max_seconds", retry.getBackoffMaxSeconds(), 0, deadline);
    if (retry.getBackoffMaxSeconds() > 0
        && retry.getBackoffMaxSeconds() < retry.getBackoffSeconds()) {
      throw invalid("retry.backoff_max_seconds is not below retry.backoff_seconds");
    }
    range("retry.jitter_percent", retry.getJitterPercent(), 0, 100);
    Limits.check("The number of retried codes", retry.getErrorsCount(), ErrorCode.values().length);
    for (String name : retry.getErrorsList()) {
      if (Arrays.stream(ErrorCode.values()).noneMatch(code -> code.name().equals(name))) {
        throw invalid("retry.errors names codes of docs/errors.md; " + quoted(name) + " is none");
      }
    }
  }

  private static String quoted(String name) {
    return name.matches("[A-Za-z_]{1,40}") ? name : "one of them";
  }
}
