package dev.drover.hub.cli;

import dev.drover.term.Wrapped;
import dev.drover.v1.Group;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The groups of a job, a line each with how far it is; of many, those that rest share one. */
final class GroupsView {
  /** More groups than these are seen with what goes on among them, on a terminal of 24 lines. */
  private static final int ALL_MAX = 12;

  private static final int FOLDED_MIN = 3;
  private static final int BAR = 20;
  private static final int GATE_INDENT = 11;

  private GroupsView() {}

  static void append(StringBuilder text, List<Group> groups) {
    for (int i = 0; i < groups.size(); ) {
      int end = groups.size() > ALL_MAX ? alikeUntil(groups, i) : i + 1;
      boolean folded = end - i >= FOLDED_MIN;
      Group shown = folded ? sum(groups.subList(i, end)) : groups.get(i);
      String kind = shown.getRollback() ? "back " : "group";
      String name =
          folded
              ? kind.strip() + (shown.getRollback() ? " " : "s ") + (i + 1) + "-" + end
              : String.format(Locale.ROOT, "%s %-2d", kind, i + 1);
      JobView.wrap(text, bar(name, shown), outcomes(shown));
      if (!folded) {
        gate(text, shown);
      }
      i = folded ? end : i + 1;
    }
  }

  private static void gate(StringBuilder text, Group group) {
    for (String line : JobPaceView.gate(group)) {
      text.append(" ".repeat(GATE_INDENT)).append(Wrapped.text(GATE_INDENT, line)).append('\n');
    }
  }

  /** Returns the end of those from here on that rest in the same state. */
  private static int alikeUntil(List<Group> groups, int from) {
    Group first = groups.get(from);
    boolean rests =
        switch (first.getState()) {
          case GROUP_WAITING, GROUP_PASSED, GROUP_STOPPED -> true;
          default -> false;
        };
    int end = from + 1;
    while (rests && end < groups.size() && isAlike(first, groups.get(end))) {
      end++;
    }
    return end;
  }

  private static boolean isAlike(Group first, Group other) {
    return other.getState() == first.getState() && other.getRollback() == first.getRollback();
  }

  private static Group sum(List<Group> groups) {
    Group.Builder sum = groups.get(0).toBuilder().clearGate();
    for (Group group : groups.subList(1, groups.size())) {
      sum.setTargets(sum.getTargets() + group.getTargets())
          .setInFlight(sum.getInFlight() + group.getInFlight())
          .setSucceeded(sum.getSucceeded() + group.getSucceeded())
          .setFailed(sum.getFailed() + group.getFailed())
          .setHeld(sum.getHeld() + group.getHeld())
          .setRejected(sum.getRejected() + group.getRejected())
          .setTimedOut(sum.getTimedOut() + group.getTimedOut())
          .setCancelled(sum.getCancelled() + group.getCancelled())
          .setUnknown(sum.getUnknown() + group.getUnknown())
          .setUnreachable(sum.getUnreachable() + group.getUnreachable());
    }
    return sum.build();
  }

  /** Returns how many of a group ended, whatever came of it. */
  static int ended(Group group) {
    return group.getSucceeded()
        + group.getFailed()
        + group.getRejected()
        + group.getTimedOut()
        + group.getCancelled()
        + group.getUnknown()
        + group.getUnreachable();
  }

  private static String bar(String name, Group group) {
    int targets = Math.max(1, group.getTargets());
    int filled = (int) ((long) ended(group) * BAR / targets);
    String state = JobView.word(group.getState().name(), "GROUP_");
    return String.format(
        Locale.ROOT,
        "  %s [%s%s] %d/%d  %s%s",
        name,
        "#".repeat(filled),
        "-".repeat(BAR - filled),
        ended(group),
        group.getTargets(),
        state,
        outcomes(group).isEmpty() ? "" : ":");
  }

  private static List<String> outcomes(Group group) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    counts.put("in flight", group.getInFlight());
    counts.put("ok", group.getSucceeded());
    counts.put("failed", group.getFailed());
    counts.put("held", group.getHeld());
    counts.put("rejected", group.getRejected());
    counts.put("timed out", group.getTimedOut());
    counts.put("cancelled", group.getCancelled());
    counts.put("unknown", group.getUnknown());
    counts.put("unreachable", group.getUnreachable());
    counts.values().removeIf(count -> count == 0);
    String text =
        counts.entrySet().stream()
            .map(count -> count.getValue() + " " + count.getKey())
            .collect(Collectors.joining(", "));
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
  }
}
