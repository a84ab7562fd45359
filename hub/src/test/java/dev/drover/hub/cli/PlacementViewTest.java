package dev.drover.hub.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.v1.GroupSpec;
import dev.drover.v1.JobSpec;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PlacementExplanation;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.PlannedGroup;
import dev.drover.v1.RefusedReason;
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
  void plan_ofAJobThatWouldBeRefused_saysWhy() {
    String why = "Group 1 (ring=canary) of the job has nobody. ".repeat(3).strip();
    String text =
        PlacementView.plan(
            PlacementPlan.newBuilder().setMatched(3).setChosen(3).setRefusal(why).build(),
            JobSpec.getDefaultInstance());
    fits(text);
    assertTrue(text.contains("\nThere would be no such job: Group 1 (ring=canary) of"), text);
  }

  @Test
  void plan_ofMoreThanFits_saysHowManyMore_andWhyOfThoseThatCannot() {
    PlacementChoice refused =
        PlacementChoice.newBuilder()
            .setDevice("cam")
            .setRefused(true)
            .addReasons("revoked")
            .build();
    PlacementPlan.Builder plan =
        PlacementPlan.newBuilder()
            .setMatched(220)
            .setChosen(60)
            .setRefused(160)
            .addAllChoices(
                Collections.nCopies(60, PlacementChoice.newBuilder().setDevice("cam").build()))
            .addAllOthers(Collections.nCopies(100, refused))
            .addRefusedReasons(reason("disk free < 2.0 GiB", 120))
            .addRefusedReasons(reason(REASON, 40));
    String text = PlacementView.plan(plan.build(), JobSpec.getDefaultInstance());
    fits(text);
    assertTrue(text.startsWith("220 devices match; 60 would run it, 160 cannot."), text);
    assertTrue(
        text.contains(
            "\nand 120 more; all 160 that cannot, by reason:\n"
                + "      120  disk free < 2.0 GiB\n"
                + "       40  memory available 0.5 GiB"),
        text);

    plan.clearOthers().addOthers(refused).setMatched(61).setRefused(1);
    String few = PlacementView.plan(plan.build(), JobSpec.getDefaultInstance());
    assertTrue(few.endsWith("\n  revoked\nand 10 more\n"), few);
  }

  private static RefusedReason reason(String reason, int devices) {
    return RefusedReason.newBuilder().setReason(reason).setDevices(devices).build();
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
