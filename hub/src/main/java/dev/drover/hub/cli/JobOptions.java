package dev.drover.hub.cli;

import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Placement;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.Task;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a job runs and how, and the specification that it makes. */
final class JobOptions {
  private static final String REST = "rest";
  private static final Pattern SELECTOR = Pattern.compile("[=<>!(]");

  @Option(names = "--name", paramLabel = "TEXT", description = "For people. Default: what it does.")
  private @Nullable String name;

  @Option(names = "--select", paramLabel = "SELECTOR", description = "Devices that match.")
  private String selector = "";

  @Option(names = "--device", paramLabel = "DEVICE", description = "This device; repeatable.")
  private @Nullable List<String> devices;

  @Option(names = "--in", paramLabel = "GROUP", description = "Saved group; repeatable.")
  private @Nullable List<String> targetGroups;

  @Option(names = "--continuous", description = "Also devices that match until the deadline.")
  private boolean continuous;

  @Option(names = "--any", paramLabel = "N", description = "Only the N devices best suited.")
  private int any;

  @Option(
      names = "--group",
      paramLabel = "SIZE",
      description = {
        "The next group: N devices, N%% of all, a selector (its members first), or rest;",
        "repeatable."
      })
  private @Nullable List<String> groups;

  @Mixin private final GateOptions gate = new GateOptions();
  @Mixin private final PaceOptions pace = new PaceOptions();
  @Mixin private final TimingOptions timing = new TimingOptions();

  @Option(names = "--deadline", paramLabel = "SECONDS", description = "Default: 3600.")
  private long deadlineSeconds = 3600;

  @Option(names = "--concurrency", paramLabel = "N", description = "Devices at a time.")
  private int concurrency;

  @Option(names = "--key", paramLabel = "KEY", description = "Run once for this key.")
  private String idempotencyKey = "";

  /**
   * Returns the specification.
   *
   * @param what the task in words, where no name was given
   */
  JobSpec spec(Task task, String what) {
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setName(name == null ? what : name)
            .setSelector(selector)
            .addAllDevices(devices == null ? List.of() : devices)
            .addAllTargetGroups(targetGroups == null ? List.of() : targetGroups)
            .setSelection(continuous ? TargetSelection.CONTINUOUS : TargetSelection.SNAPSHOT)
            .setPlacement(Placement.newBuilder().setAny(any))
            .setTask(task)
            .setDeadlineSeconds(deadlineSeconds)
            .setConcurrency(concurrency)
            .setIdempotencyKey(idempotencyKey);
    List<String> sizes = groups();
    List<Gate> gates = gate.gates(sizes.size());
    for (int i = 0; i < sizes.size(); i++) {
      spec.addGroups(group(sizes.get(i)).setGate(gates.get(i)));
    }
    pace.into(spec);
    timing.fill(spec);
    return spec.build();
  }

  /** A gate that was asked for holds also where no groups were: then all are one. */
  private List<String> groups() {
    if (groups == null) {
      return gate.isGiven() ? List.of(REST) : List.of();
    }
    return groups;
  }

  private static GroupSpec.Builder group(String size) {
    GroupSpec.Builder group = GroupSpec.newBuilder();
    if (size.equals(REST)) {
      return group;
    }
    if (SELECTOR.matcher(size).find()) {
      return group.setSelector(size);
    }
    boolean percent = size.endsWith("%");
    try {
      int number = Integer.parseInt(percent ? size.substring(0, size.length() - 1) : size);
      return percent ? group.setPercent(number) : group.setCount(number);
    } catch (NumberFormatException bad) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "A group is a number of devices, a percentage, a selector or rest.",
          bad);
    }
  }
}
