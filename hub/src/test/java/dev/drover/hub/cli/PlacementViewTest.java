package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.GroupSpec;
import dev.drover.v1.JobSpec;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PlacementExplanation;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.PlannedGroup;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class PlacementViewTest {
  private static final String DEVICE = "d".repeat(63);
  private static final String REASON =
      "memory available 0.5 GiB, and more words ".repeat(4).strip();

  private static void fits(String text) {
    assertTrue(text.lines().allMatch(line -> line.length() <= 80), text);
  }

  @Test
  void plan_withLongNames_fits() {
    PlannedGroup group =
        PlannedGroup.newBuilder()
            .setTargets(9)
            .addAllDevices(Collections.nCopies(5, DEVICE))
            .build();
    String text =
        PlacementView.plan(
            PlacementPlan.newBuilder()
                .setMatched(3)
                .setChosen(1)
                .setRefused(1)
                .addGroups(group)
                .addGroups(group)
                .addChoices(PlacementChoice.newBuilder().setDevice(DEVICE).setScore(1_317_888))
                .addOthers(
                    PlacementChoice.newBuilder()
                        .setDevice(DEVICE)
                        .setRefused(true)
                        .addReasons(REASON))
                .build(),
            JobSpec.newBuilder()
                .addGroups(GroupSpec.newBuilder().setSelector("site in (hall3, hall4), ".repeat(5)))
                .addGroups(GroupSpec.getDefaultInstance())
                .build());
    fits(text);
    assertTrue(text.startsWith("3 devices match; 1 would run it, 1 cannot, 1 not needed."), text);
    assertTrue(text.contains(DEVICE + "\n  runs it in group 1, score 1317888\n"), text);
    assertTrue(text.contains(DEVICE + "  cannot\n  memory available 0.5 GiB"), text);
  }

  @Test
  void explanation_withLongReasons_fits() {
    PlacementChoice choice =
        PlacementChoice.newBuilder()
            .setDevice(DEVICE)
            .addReasons("online")
            .addWeights(1_000_000)
            .addReasons(REASON)
            .addWeights(0)
            .build();
    String text =
        PlacementView.explanation(
            PlacementExplanation.newBuilder().setDevice("cam-0").setNow(choice).build());
    fits(text);
    assertTrue(text.contains("   +1000000  online\n             memory available"), text);
  }
}
