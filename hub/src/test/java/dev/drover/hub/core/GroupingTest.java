package dev.drover.hub.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.Device;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.PlacementChoice;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GroupingTest {
  private static final GroupSpec ONE = count(1);
  private static final GroupSpec REST = GroupSpec.getDefaultInstance();

  private static GroupSpec count(int count) {
    return GroupSpec.newBuilder().setCount(count).build();
  }

  private static GroupSpec percent(int percent) {
    return GroupSpec.newBuilder().setPercent(percent).build();
  }

  private static GroupSpec selector(String selector) {
    return GroupSpec.newBuilder().setSelector(selector).build();
  }

  private static void refused(ErrorCode code, String why, GroupSpec... groups) {
    DroverException refusal =
        assertThrows(DroverException.class, () -> Grouping.check(List.of(groups)));
    assertEquals(code, refusal.code());
    assertEquals(why, String.valueOf(refusal.getMessage()).lines().findFirst().orElseThrow());
  }

  @Test
  void sizes_roundUp_andALastGroupWithoutOneTakesTheRest() {
    assertEquals(List.of(1, 6), Grouping.sizes(List.of(ONE, REST), 7, 7));
    assertEquals(List.of(1, 2), Grouping.sizes(List.of(percent(10), REST), 3, 3));
    assertEquals(List.of(10, 90), Grouping.sizes(List.of(percent(10), percent(90)), 100, 100));
    assertEquals(List.of(1, 99), Grouping.sizes(List.of(ONE, percent(100)), 100, 100));
    assertEquals(List.of(1, 0, 0), Grouping.sizes(List.of(ONE, ONE, REST), 1, 1));
    assertEquals(List.of(0, 0), Grouping.sizes(List.of(ONE, REST), 0, 0));
    // A percentage is of all targets, also of those that a selector took.
    assertEquals(
        List.of(0, 5, 1), Grouping.sizes(List.of(selector("a"), percent(50), REST), 10, 6));
  }

  @Test
  void groupsThatDoNotAddUp_areRefused_withTheNumbers() {
    DroverException refusal =
        assertThrows(DroverException.class, () -> Grouping.sizes(List.of(ONE, count(3)), 9, 9));
    assertEquals(ErrorCode.INVALID_ARGUMENT, refusal.code());
    assertEquals("The groups take 4 of 9 targets.", refusal.getMessage());
    refused(
        ErrorCode.INVALID_ARGUMENT,
        "The groups' percents are 101 together, over 100.",
        percent(60),
        percent(41));
    refused(
        ErrorCode.INVALID_ARGUMENT,
        "The groups' percents are only 60 together.",
        percent(50),
        percent(10));
    refused(
        ErrorCode.INVALID_ARGUMENT,
        "Group 1 of the job has no count, percent or selector, which only the last may lack.",
        REST,
        REST);
    refused(
        ErrorCode.INVALID_ARGUMENT,
        "Group 2 of the job has either a count or a percent or a selector.",
        ONE,
        GroupSpec.newBuilder().setPercent(10).setSelector("a=b").build());
    refused(ErrorCode.SELECTOR_INVALID, "At column 3, a value is missing.", selector("a="), REST);
  }

  @Test
  void members_goToTheFirstGroupThatSelectsThem_andTheRestIsDividedByRank() {
    List<GroupSpec> groups = List.of(count(2), selector("ring=canary"), selector("ring"), REST);
    Map<String, Integer> selected = new HashMap<>();
    List<PlacementChoice> ranked =
        Stream.of("a", "b:canary", "c", "d:late", "e", "f:canary")
            .map(
                text -> {
                  String[] parts = text.split(":", -1);
                  Device.Builder device = Devices.online(parts[0]);
                  if (parts.length > 1) {
                    device.putLabels("ring", parts[1]);
                  }
                  selected.put(parts[0], Grouping.selectedBy(groups, device.build(), 0));
                  return PlacementChoice.newBuilder().setDevice(parts[0]).build();
                })
            .toList();

    assertEquals(
        List.of(List.of("a", "c"), List.of("b", "f"), List.of("d"), List.of("e")),
        Grouping.divide(groups, ranked, selected).stream()
            .map(group -> group.stream().map(PlacementChoice::getDevice).toList())
            .toList());
    assertEquals(List.of(ranked), Grouping.divide(List.of(), ranked, selected));
  }

  @Test
  void nobodyBeforeOthers_isRefused_nobodyAfterThemIsNot() {
    List<GroupSpec> groups = List.of(selector("ring=canary"), percent(50), REST);
    assertEquals(
        Optional.of(
            "Group 1 (ring=canary) of the job has nobody: its gate would say nothing, and the"
                + " next group would start."),
        Grouping.nobodyBeforeOthers(groups, List.of(0, 3, 3), false));
    assertTrue(Grouping.nobodyBeforeOthers(groups, List.of(2, 0, 1), false).isPresent());
    assertTrue(Grouping.nobodyBeforeOthers(groups, List.of(2, 1, 0), false).isEmpty());
    assertTrue(Grouping.nobodyBeforeOthers(groups, List.of(2, 0, 0), false).isEmpty());
    assertTrue(Grouping.nobodyBeforeOthers(groups, List.of(2, 0, 0), true).isPresent());
    assertTrue(Grouping.nobodyBeforeOthers(groups, List.of(2, 1, 0), true).isEmpty());
    assertTrue(Grouping.nobodyBeforeOthers(List.of(REST), List.of(0), true).isEmpty());
    assertTrue(Grouping.nobodyBeforeOthers(List.of(), List.of(0), true).isEmpty());
  }
}
