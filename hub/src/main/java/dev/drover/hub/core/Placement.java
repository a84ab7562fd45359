package dev.drover.hub.core;

import dev.drover.release.ReleaseManifest;
import dev.drover.v1.Device;
import dev.drover.v1.JobSpec;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.RefusedReason;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which devices run a job, and says why in words.
 *
 * <p>A device that cannot run the task is left out with a reason. The rest are ranked: those that
 * are online first, then those that have the release or the model at hand, then by free memory,
 * what waits there already, load, mains before battery, unmetered before metered, and how often
 * they failed lately. Equal scores go by the device's name, so that the same fleet gives the same
 * plan. Pure.
 */
public final class Placement {
  /** Most devices named in {@link PlacementPlan#getOthersList()}. */
  public static final int OTHERS_MAX = 100;

  private static final Comparator<PlacementChoice> BEST_FIRST =
      Comparator.comparingLong(PlacementChoice::getScore)
          .reversed()
          .thenComparing(PlacementChoice::getDevice);

  /**
   * Every device that a job's targets were looked for among.
   *
   * @param chosen those that run it, best first
   * @param spare those that could, and were not needed
   * @param refused those that cannot, with the reason, by name
   */
  public record Ranking(
      List<PlacementChoice> chosen, List<PlacementChoice> spare, List<PlacementChoice> refused) {
    /** Copies the lists. */
    public Ranking {
      chosen = List.copyOf(chosen);
      spare = List.copyOf(spare);
      refused = List.copyOf(refused);
    }

    /**
     * Returns the plan that operators see, with the first of those that do not run it, and with how
     * many there are for each reason.
     */
    public PlacementPlan plan() {
      PlacementPlan.Builder plan =
          PlacementPlan.newBuilder()
              .setMatched(chosen.size() + spare.size() + refused.size())
              .setChosen(chosen.size())
              .setRefused(refused.size())
              .addAllChoices(chosen);
      refused.stream().limit(OTHERS_MAX).forEach(plan::addOthers);
      spare.stream().limit(OTHERS_MAX - plan.getOthersCount()).forEach(plan::addOthers);
      return plan.addAllRefusedReasons(refusedReasons()).build();
    }

    private List<RefusedReason> refusedReasons() {
      Map<String, Integer> counts = new TreeMap<>();
      refused.forEach(
          choice -> counts.merge(Preflight.kind(choice.getReasons(0)), 1, Integer::sum));
      return counts.entrySet().stream()
          .map(
              count ->
                  RefusedReason.newBuilder()
                      .setReason(count.getKey())
                      .setDevices(count.getValue())
                      .build())
          .sorted(Comparator.comparingInt(RefusedReason::getDevices).reversed())
          .toList();
    }
  }

  private Placement() {}

  /**
   * Ranks devices for a job.
   *
   * @param judged what {@link #judge} said of each device that the job's selector matches
   * @param any how many are wanted; 0 means all that can run it
   * @return who runs it, best first; there may be nobody, see {@link #requireSomebody}
   */
  public static Ranking rank(List<PlacementChoice> judged, int any) {
    List<PlacementChoice> able = new ArrayList<>();
    List<PlacementChoice> unable = new ArrayList<>();
    judged.forEach(choice -> (choice.getRefused() ? unable : able).add(choice));
    able.sort(BEST_FIRST);
    unable.sort(BEST_FIRST);
    int wanted = any == 0 ? able.size() : Math.min(any, able.size());
    List<PlacementChoice> spare = new ArrayList<>();
    for (int i = wanted; i < able.size(); i++) {
      String why = wanted == 1 ? "1 other is" : wanted + " others are";
      spare.add(able.get(i).toBuilder().addReasons(why + " better suited").addWeights(0).build());
    }
    return new Ranking(able.subList(0, wanted), spare, unable);
  }

  /**
   * Says what a device has for and against it.
   *
   * @param manifest the release that the job's task names, if it names one
   * @param nowMs the hub's time
   * @return its score, or {@code refused} with the reason where it cannot run the job
   */
  public static PlacementChoice judge(
      Device device, JobSpec spec, Optional<ReleaseManifest> manifest, long nowMs) {
    @Nullable String obstacle = Preflight.obstacle(device, spec.getTask(), manifest);
    if (obstacle == null) {
      return Suitability.of(device, spec, manifest, nowMs);
    }
    return PlacementChoice.newBuilder()
        .setDevice(device.getDevice())
        .addReasons(obstacle)
        .addWeights(0)
        .setRefused(true)
        .build();
  }

  /**
   * Returns the plan if it chose somebody.
   *
   * @throws DroverException {@link ErrorCode#NO_DEVICE_MATCHES} with the first reason otherwise
   */
  public static PlacementPlan requireSomebody(PlacementPlan plan) {
    if (plan.getChoicesCount() > 0) {
      return plan;
    }
    if (plan.getOthersCount() == 0) {
      throw new DroverException(ErrorCode.NO_DEVICE_MATCHES, "No device matches the selector.");
    }
    PlacementChoice first = plan.getOthers(0);
    throw new DroverException(
            ErrorCode.NO_DEVICE_MATCHES,
            String.format(
                Locale.ROOT,
                "The selector matches %d, but none can run it; %s: %s.",
                plan.getMatched(),
                first.getDevice(),
                first.getReasons(0)))
        .withNextStep("See every device and its reason with --dry-run, and mend one.");
  }
}
