package dev.drover.hub.cli;

import dev.drover.v1.Gate;
import dev.drover.v1.GroupSpec;
import dev.drover.v1.JobSpec;
import dev.drover.v1.Placement;
import dev.drover.v1.TargetSelection;
import dev.drover.v1.Task;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a job runs and how, and the specification that it makes. */
final class JobOptions {
  private static final String REST = "rest";
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})(%?)");

  /** No selector that somebody meant: a number with a sign, a fraction or a space, or nothing. */
  private static final Pattern ALMOST_A_SIZE = Pattern.compile("[-+0-9., ]*|[^%]*%.*");

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
        "The next group: N devices, N%% of all, rest, or a selector (its members first),",
        "which is everything else, such as ring=canary or retired; repeatable."
      })
  private @Nullable List<String> groups;

  @Mixin private final GateOptions gate = new GateOptions();
  @Mixin private final PaceOptions pace = new PaceOptions();
  @Mixin private final TimingOptions timing = new TimingOptions();

  @Option(names = "--deadline", paramLabel = "SECONDS", description = "Default: 3600.")
  private long deadlineSeconds = 3600;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "Devices at a time, with those that wait to be tried again.")
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
    Matcher parts = SIZE.matcher(size);
    if (parts.matches()) {
      boolean percent = !parts.group(2).isEmpty();
      int number = Integer.parseInt(parts.group(1));
      if (number >= 1 && number <= (percent ? 100 : Limits.JOB_DEVICES_MAX)) {
        return percent ? group.setPercent(number) : group.setCount(number);
      }
    } else if (!ALMOST_A_SIZE.matcher(size).matches()) {
      return group.setSelector(size);
    }
    throw new DroverException(
            ErrorCode.INVALID_ARGUMENT,
            "A group is 1 to "
                + Limits.JOB_DEVICES_MAX
                + " devices, a whole percentage from 1% to 100%, a selector or rest.")
        .withNextStep("Correct --group; --help says what it takes.");
  }
}
