package dev.drover.hub.fleet;

import dev.drover.hub.core.Grouping;
import dev.drover.hub.core.JobRows;
import dev.drover.hub.core.JobSpecs;
import dev.drover.hub.core.Placement;
import dev.drover.hub.core.RegistryRows;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.Device;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import dev.drover.v1.PlacementChoice;
import dev.drover.v1.PlacementExplanation;
import dev.drover.v1.PlacementPlan;
import dev.drover.v1.PlannedGroup;
import dev.drover.v1.TargetSelection;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Says which devices a job is for, in which groups, and why. Changes nothing. Thread-safe; reads
 * are of committed state.
 */
final class JobPlanner {
  private static final int CHOICES_SHOWN = 1000;
  private static final int CHOICES_KEPT = 100;
  private static final int DEVICES_OF_GROUP_SHOWN = 5;
  private static final int TARGETS_PAGE = 1000;

  private final Machines machines;
  private final DeviceService devices;
  private final ReleaseCatalog releases;

  JobPlanner(Machines machines, DeviceService devices, ReleaseCatalog releases) {
    this.machines = machines;
    this.devices = devices;
    this.releases = releases;
  }

  /**
   * Where a job goes.
   *
   * @param ranking everybody who was looked at
   * @param groups the targets of each of its groups, in the order in which they are granted
   */
  record Placed(Placement.Ranking ranking, List<List<PlacementChoice>> groups) {
    /** Returns the names of the targets, one group after another. */
    List<String> targets() {
      return inOrder().map(PlacementChoice::getDevice).toList();
    }

    List<Integer> sizes() {
      return groups.stream().map(List::size).toList();
    }

    /**
     * Checks that there is somebody to begin with, and nobody behind a group of nobody.
     *
     * @throws DroverException {@link ErrorCode#NO_DEVICE_MATCHES}
     */
    void requireSomebody(JobSpec spec) {
      boolean continuous = spec.getSelection() == TargetSelection.CONTINUOUS;
      if (!continuous) {
        Placement.requireSomebody(ranking.plan());
      }
      Grouping.nobodyBeforeOthers(spec.getGroupsList(), sizes(), continuous)
          .ifPresent(
              why -> {
                throw new DroverException(ErrorCode.NO_DEVICE_MATCHES, why)
                    .withNextStep(
                        "See who is in which group with --dry-run; mend its size or selector, or"
                            + " leave the group out.");
              });
    }

    private Stream<PlacementChoice> inOrder() {
      return groups.stream().flatMap(List::stream);
    }

    /** Returns the plan as an answer to whoever asks for it. */
    PlacementPlan shown() {
      return plan(CHOICES_SHOWN);
    }

    /** Returns the plan as a job keeps it. */
    PlacementPlan kept() {
      return plan(CHOICES_KEPT);
    }

    private PlacementPlan plan(int choices) {
      PlacementPlan.Builder plan = ranking.plan().toBuilder().clearChoices();
      for (int i = 0; i < groups.size(); i++) {
        List<PlacementChoice> group = groups.get(i);
        PlannedGroup.Builder planned = PlannedGroup.newBuilder().setTargets(group.size());
        group.stream()
            .limit(DEVICES_OF_GROUP_SHOWN)
            .forEach(target -> planned.addDevices(target.getDevice()));
        plan.addGroups(planned);
        for (PlacementChoice target : group) {
          if (plan.getChoicesCount() < choices) {
            plan.addChoices(target.toBuilder().setGroup(i));
          }
        }
      }
      return plan.build();
    }
  }

  /**
   * Places a job; reads every device, unless the job names them.
   *
   * @param spec checked
   * @throws DroverException {@link ErrorCode#NOT_FOUND} for a device or group that is named and not
   *     there, {@link ErrorCode#INVALID_ARGUMENT} where the job's groups do not add up
   */
  Placed place(JobSpec spec) {
    long nowMs = machines.engine().nowMs();
    Map<String, Integer> selected = new HashMap<>();
    List<PlacementChoice> judged = new ArrayList<>();
    Optional<ReleaseManifest> manifest = JobSpecs.manifest(spec.getTask(), releases);
    boolean bySelector = spec.getGroupsList().stream().anyMatch(g -> !g.getSelector().isEmpty());
    forEachMatch(
        spec,
        nowMs,
        device -> {
          judged.add(Placement.judge(device, spec, manifest, nowMs));
          int group = bySelector ? Grouping.selectedBy(spec.getGroupsList(), device, nowMs) : -1;
          if (group >= 0) {
            selected.put(device.getDevice(), group);
          }
        });
    Placement.Ranking ranking = Placement.rank(judged, spec.getPlacement().getAny());
    return new Placed(ranking, Grouping.divide(spec.getGroupsList(), ranking.chosen(), selected));
  }

  private void forEachMatch(JobSpec spec, long nowMs, Consumer<Device> consumer) {
    TargetFilter filter = filter(spec);
    Consumer<Device> each =
        device -> {
          if (filter.matches(device, nowMs)) {
            consumer.accept(device);
          }
        };
    List<Device> named =
        new HashSet<>(spec.getDevicesList()).stream().sorted().map(devices::get).toList();
    if (filter.isOnlyNames()) {
      named.forEach(each);
    } else {
      devices.forEach(each);
    }
  }

  TargetFilter filter(JobSpec spec) {
    return TargetFilter.of(
        spec, name -> machines.readRegistry(rows -> RegistryRows.targetGroup(rows, name)));
  }

  /** Returns whether a device that was not there at first is a target of a job, and can run it. */
  boolean takes(JobSpec spec, TargetFilter filter, Device device) {
    long nowMs = machines.engine().nowMs();
    return filter.matches(device, nowMs)
        && !Placement.judge(device, spec, JobSpecs.manifest(spec.getTask(), releases), nowMs)
            .getRefused();
  }

  /**
   * Says why a device is or is not a target of a job.
   *
   * @throws DroverException {@link ErrorCode#NOT_FOUND} for a device that is not there
   */
  PlacementExplanation explain(Job job, String name) {
    Device device = devices.get(name);
    PlacementExplanation.Builder said = PlacementExplanation.newBuilder().setDevice(name);
    target(job.getJob(), name).ifPresent(target -> said.setTarget(true).setGroup(target.group()));
    Stream.concat(job.getPlan().getChoicesList().stream(), job.getPlan().getOthersList().stream())
        .filter(choice -> choice.getDevice().equals(name))
        .findFirst()
        .ifPresent(said::setThen);
    JobSpec spec = job.getSpec();
    if (spec.hasNamedDevices()) {
      spec = spec.toBuilder().addAllDevices(names(job.getJob())).build();
    }
    return now(spec, device, said).build();
  }

  private PlacementExplanation.Builder now(
      JobSpec spec, Device device, PlacementExplanation.Builder said) {
    long nowMs = machines.engine().nowMs();
    if (!filter(spec).matches(device, nowMs)) {
      String why =
          spec.hasNamedDevices()
              ? String.format(
                  Locale.ROOT,
                  "is no target; of the %,d devices that the job names it keeps only its targets",
                  spec.getNamedDevices().getCount())
              : "does not match the job's devices, groups and selector";
      return said.setNow(
          PlacementChoice.newBuilder()
              .setDevice(device.getDevice())
              .addReasons(why)
              .addWeights(0)
              .setRefused(true));
    }
    Placement.Ranking ranking =
        spec.getPlacement().getAny() == 0
            ? Placement.rank(
                List.of(
                    Placement.judge(
                        device, spec, JobSpecs.manifest(spec.getTask(), releases), nowMs)),
                0)
            : place(spec.toBuilder().clearGroups().build()).ranking();
    String name = device.getDevice();
    ranking.chosen().stream()
        .filter(choice -> choice.getDevice().equals(name))
        .findFirst()
        .ifPresent(choice -> said.setNow(choice).setWouldRun(true));
    Stream.concat(ranking.spare().stream(), ranking.refused().stream())
        .filter(choice -> choice.getDevice().equals(name))
        .findFirst()
        .ifPresent(said::setNow);
    return said;
  }

  private Optional<JobRows.Target> target(String job, String device) {
    return targets(job).filter(target -> target.device().equals(device)).findFirst();
  }

  private Set<String> names(String job) {
    return targets(job).map(JobRows.Target::device).collect(Collectors.toSet());
  }

  /** Returns the targets of a job, read a page at a time. */
  private Stream<JobRows.Target> targets(String job) {
    return Stream.iterate(
            page(job, 1),
            page -> !page.isEmpty(),
            page -> page(job, page.get(page.size() - 1).number() + 1))
        .flatMap(List::stream);
  }

  private List<JobRows.Target> page(String job, int from) {
    return machines.readJob(job, rows -> JobRows.targets(rows, from, TARGETS_PAGE));
  }
}
