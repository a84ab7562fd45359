package dev.drover.hub.core;

import dev.drover.v1.Device;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.PlacementChoice;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Divides the targets of a job among its groups. A group with a selector takes its members first,
 * of several the first; counts and percentages (of all targets, rounded up, so that it is never
 * nobody) divide the rest in order of their rank; a last group without any takes what is left. Only
 * when nobody is left is a group empty, and a job where others follow such a group is refused.
 * Pure.
 */
public final class Grouping {
  private Grouping() {}

  /**
   * Checks what can be checked before the targets are known.
   *
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT}, {@link ErrorCode#LIMIT_EXCEEDED} or
   *     {@link ErrorCode#SELECTOR_INVALID}
   */
  static void check(List<GroupSpec> groups) {
    Limits.check("The number of groups", groups.size(), Limits.JOB_GROUPS_MAX);
    long percents = 0;
    boolean onlyPercents = true;
    for (int i = 0; i < groups.size(); i++) {
      GroupSpec group = groups.get(i);
      boolean last = i == groups.size() - 1;
      range(i, "percent", group.getPercent(), 100);
      range(i, "count", group.getCount(), Limits.JOB_DEVICES_MAX);
      int ways = ways(group);
      if (ways > 1) {
        throw invalid(i, "has either a count or a percent or a selector");
      }
      if (!last && ways == 0) {
        throw invalid(i, "has no count, percent or selector, which only the last may lack");
      }
      if (!group.getSelector().isEmpty()) {
        Selector.parse(group.getSelector());
      }
      percents += group.getPercent();
      onlyPercents = onlyPercents && group.getPercent() > 0;
    }
    if (percents > 100) {
      throw notAddingUp("The groups' percents are " + percents + " together, over 100.");
    }
    if (!groups.isEmpty() && onlyPercents && percents < 100) {
      throw notAddingUp("The groups' percents are only " + percents + " together.");
    }
  }

  private static int ways(GroupSpec group) {
    return (group.getCount() > 0 ? 1 : 0)
        + (group.getPercent() > 0 ? 1 : 0)
        + (group.getSelector().isEmpty() ? 0 : 1);
  }

  /**
   * Says which group's selector takes a device.
   *
   * @param nowMs for what selectors say about time
   * @return the group from 0, or -1 where no selector does
   */
  public static int selectedBy(List<GroupSpec> groups, Device device, long nowMs) {
    for (int i = 0; i < groups.size(); i++) {
      String selector = groups.get(i).getSelector();
      if (!selector.isEmpty() && Selector.parse(selector).matches(device, nowMs)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Divides the targets.
   *
   * @param ranked the targets, best first
   * @param selected by device what {@link #selectedBy} said; those that are missing have none
   * @return the targets of each group; one group with everybody where the job names none
   * @throws DroverException {@link ErrorCode#INVALID_ARGUMENT} if targets are left over
   */
  public static List<List<PlacementChoice>> divide(
      List<GroupSpec> groups, List<PlacementChoice> ranked, Map<String, Integer> selected) {
    if (groups.isEmpty()) {
      return List.of(ranked);
    }
    List<List<PlacementChoice>> divided = new ArrayList<>();
    List<PlacementChoice> rest = new ArrayList<>();
    groups.forEach(group -> divided.add(new ArrayList<>()));
    for (PlacementChoice target : ranked) {
      int group = selected.getOrDefault(target.getDevice(), -1);
      (group < 0 ? rest : divided.get(group)).add(target);
    }
    List<Integer> sizes = sizes(groups, ranked.size(), rest.size());
    int from = 0;
    for (int i = 0; i < groups.size(); i++) {
      divided.get(i).addAll(rest.subList(from, from + sizes.get(i)));
      from += sizes.get(i);
    }
    return divided;
  }

  /**
   * Returns how many of the targets that no selector takes each group gets; 0 for one with a
   * selector.
   *
   * @param targets all of them, of which percentages are
   * @param rest those that no group's selector takes
   */
  static List<Integer> sizes(List<GroupSpec> groups, int targets, int rest) {
    if (groups.isEmpty()) {
      return List.of(rest);
    }
    List<Integer> sizes = new ArrayList<>();
    int left = rest;
    for (int i = 0; i < groups.size(); i++) {
      GroupSpec group = groups.get(i);
      int share = (int) (((long) targets * group.getPercent() + 99) / 100);
      int wanted = group.getCount() > 0 ? group.getCount() : share;
      boolean takesRest = i == groups.size() - 1 && ways(group) == 0;
      int size = takesRest ? left : Math.min(left, wanted);
      sizes.add(size);
      left -= size;
    }
    if (left > 0) {
      throw notAddingUp("The groups take " + (targets - left) + " of " + targets + " targets.");
    }
    return sizes;
  }

  /**
   * Returns why a job with these groups must not be: a group of nobody has a gate that says
   * nothing, and it would let the devices behind it start. Devices may always come in behind all
   * groups but the last of a continuous job.
   *
   * @param sizes as {@link #divide} made them
   */
  public static Optional<String> nobodyBeforeOthers(
      List<GroupSpec> groups, List<Integer> sizes, boolean continuous) {
    for (int i = 0; i < groups.size() - 1; i++) {
      int others = sizes.subList(i + 1, sizes.size()).stream().mapToInt(Integer::intValue).sum();
      if (sizes.get(i) == 0 && (others > 0 || continuous)) {
        String size =
            groups.get(i).getSelector().isEmpty() ? "" : " (" + groups.get(i).getSelector() + ")";
        return Optional.of(
            "Group "
                + (i + 1)
                + size
                + " of the job has nobody: its gate would say nothing, and the next group would"
                + " start.");
      }
    }
    return Optional.empty();
  }

  private static void range(int index, String what, int value, int max) {
    if (value < 0 || value > max) {
      throw invalid(index, "has a " + what + " that is not 0 to " + max);
    }
  }

  private static DroverException invalid(int index, String rule) {
    return new DroverException(
        ErrorCode.INVALID_ARGUMENT, "Group " + (index + 1) + " of the job " + rule + ".");
  }

  private static DroverException notAddingUp(String why) {
    return new DroverException(ErrorCode.INVALID_ARGUMENT, why)
        .withNextStep("End with a group without a size, which takes the rest: --group rest");
  }
}
