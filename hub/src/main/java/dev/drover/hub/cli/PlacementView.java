package dev.drover.hub.cli;

import dev.drover.term.TextTable;
import dev.drover.term.Wrapped;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.JobSpec;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PlacementExplanation;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.PlannedGroup;
import dev.drover.v1.RefusedReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Who would run a job and why, in words for a terminal. */
final class PlacementView {
  private static final int ROWS_MAX = 50;
  private static final int GROUP_INDENT = 4;
  private static final int REASON_INDENT = 13;
  private static final int COUNT_INDENT = 11;

  private PlacementView() {}

  /** Returns what a dry run says. */
  static String plan(PlacementPlan plan, JobSpec spec) {
    StringBuilder text = new StringBuilder();
    int spare = plan.getMatched() - plan.getChosen() - plan.getRefused();
    text.append(
        String.format(
            Locale.ROOT,
            "%s; %d would run it, %d cannot%s.%n",
            plan.getMatched() == 1 ? "1 device matches" : plan.getMatched() + " devices match",
            plan.getChosen(),
            plan.getRefused(),
            spare > 0 ? ", " + spare + " not needed" : ""));
    if (plan.getGroupsCount() > 1) {
      for (int i = 0; i < plan.getGroupsCount(); i++) {
        text.append(group(i, plan.getGroups(i), spec));
      }
    }
    if (!plan.getRefusal().isEmpty()) {
      text.append(Wrapped.text(0, "There would be no such job: " + plan.getRefusal())).append('\n');
    }
    plan.getChoicesList().stream()
        .limit(ROWS_MAX)
        .forEach(
            choice ->
                text.append(
                    row(
                        choice,
                        plan.getGroupsCount() > 1
                            ? "runs it in group " + (choice.getGroup() + 1)
                            : "runs it")));
    plan.getOthersList().stream()
        .limit(ROWS_MAX)
        .forEach(
            choice -> text.append(row(choice, choice.getRefused() ? "cannot" : "is not needed")));
    return text.append(rest(plan)).toString();
  }

  /** Returns what there is beyond the rows; of devices that cannot run it, why. */
  private static String rest(PlacementPlan plan) {
    int shown =
        Math.min(ROWS_MAX, plan.getChoicesCount()) + Math.min(ROWS_MAX, plan.getOthersCount());
    if (plan.getMatched() <= shown) {
      return "";
    }
    StringBuilder text = new StringBuilder("and " + (plan.getMatched() - shown) + " more");
    long named =
        plan.getOthersList().stream().limit(ROWS_MAX).filter(PlacementChoice::getRefused).count();
    if (plan.getRefused() <= named) {
      return text.append('\n').toString();
    }
    text.append("; all ").append(plan.getRefused()).append(" that cannot, by reason:\n");
    for (RefusedReason reason : plan.getRefusedReasonsList()) {
      text.append(String.format(Locale.ROOT, "  %7d  ", reason.getDevices()));
      text.append(Wrapped.text(COUNT_INDENT, reason.getReason())).append('\n');
    }
    return text.toString();
  }

  private static String group(int index, PlannedGroup group, JobSpec spec) {
    StringBuilder line = new StringBuilder("group " + (index + 1));
    if (index < spec.getGroupsCount()) {
      line.append(" (").append(size(spec.getGroups(index))).append(')');
    }
    line.append(": ").append(group.getTargets());
    if (group.getDevicesCount() > 0) {
      line.append(", ").append(String.join(" ", group.getDevicesList()));
      line.append(group.getTargets() > group.getDevicesCount() ? " ..." : "");
    }
    return "  " + Wrapped.hanging(2, GROUP_INDENT, line.toString()) + "\n";
  }

  private static String size(GroupSpec group) {
    if (!group.getSelector().isEmpty()) {
      return group.getSelector();
    }
    if (group.getPercent() > 0) {
      return group.getPercent() + "%";
    }
    return group.getCount() > 0 ? Integer.toString(group.getCount()) : "rest";
  }

  /** Returns why a device is or is not a target. */
  static String explanation(PlacementExplanation said) {
    StringBuilder text = new StringBuilder(said.getDevice());
    text.append(
        said.getTarget()
            ? " is a target, in group " + (said.getGroup() + 1) + ".\n"
            : " is not a target.\n");
    text.append(
        said.hasThen()
            ? "when it was decided" + outcome(said.getThen())
            : "when it was decided: not kept; a job keeps its first hundred reasons\n");
    boolean now = said.getWouldRun();
    text.append("now, it ").append(now ? "would run it" : "would not run it");
    return text.append(outcome(said.getNow())).toString();
  }

  private static String outcome(PlacementChoice choice) {
    StringBuilder text = new StringBuilder();
    text.append(choice.getRefused() ? ":\n" : ", score " + choice.getScore() + ":\n");
    for (int i = 0; i < choice.getReasonsCount(); i++) {
      int weight = i < choice.getWeightsCount() ? choice.getWeights(i) : 0;
      String adds = weight == 0 ? "" : String.format(Locale.ROOT, "%+d", weight);
      String reason = Wrapped.text(REASON_INDENT, choice.getReasons(i));
      text.append(String.format(Locale.ROOT, "  %9s  %s%n", adds, reason));
    }
    return text.toString();
  }

  private static String row(PlacementChoice choice, String verdict) {
    String score = choice.getRefused() ? "" : ", score " + choice.getScore();
    String outcome = verdict + score;
    boolean fits = choice.getDevice().length() + 2 + outcome.length() <= TextTable.WIDTH;
    String first = choice.getDevice() + (fits ? "  " : "\n  ") + outcome;
    return first + "\n  " + Wrapped.text(2, why(choice)) + "\n";
  }

  private static String why(PlacementChoice choice) {
    List<String> reasons = new ArrayList<>();
    for (int i = 0; i < choice.getReasonsCount(); i++) {
      int weight = i < choice.getWeightsCount() ? choice.getWeights(i) : 0;
      String added = weight == 0 ? "" : String.format(Locale.ROOT, " %+d", weight);
      reasons.add(choice.getReasons(i) + added);
    }
    return String.join("; ", reasons);
  }
}
