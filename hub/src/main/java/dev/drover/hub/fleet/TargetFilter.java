package dev.drover.hub.fleet;

import dev.drover.hub.core.Selector;
import dev.drover.v1.Device;
import dev.drover.v1.JobSpec;
import dev.drover.v1.TargetGroup;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Who is meant by a job: the named devices and the members of the named groups, of them those that
 * the selector matches; without names every device that it matches. Immutable.
 */
final class TargetFilter {
  private final boolean everybody;
  private final Set<String> names;
  private final List<Selector> groups;
  private final Selector selector;

  private TargetFilter(
      boolean everybody, Set<String> names, List<Selector> groups, Selector selector) {
    this.everybody = everybody;
    this.names = names;
    this.groups = List.copyOf(groups);
    this.selector = selector;
  }

  /**
   * Makes the filter of a job.
   *
   * @param saved finds saved groups
   * @throws DroverException {@link ErrorCode#NOT_FOUND} for a group that is not saved, {@link
   *     ErrorCode#SELECTOR_INVALID}
   */
  static TargetFilter of(JobSpec spec, Function<String, Optional<TargetGroup>> saved) {
    List<Selector> groups = new ArrayList<>();
    for (String name : spec.getTargetGroupsList()) {
      TargetGroup group =
          saved
              .apply(name)
              .orElseThrow(
                  () ->
                      new DroverException(
                              ErrorCode.NOT_FOUND, "There is no saved group " + name + ".")
                          .withNextStep("See the saved groups: drover group ls"));
      groups.add(Selector.parse(group.getSelector()));
    }
    boolean everybody = groups.isEmpty() && spec.getDevicesCount() == 0 && !spec.hasNamedDevices();
    return new TargetFilter(
        everybody, Set.copyOf(spec.getDevicesList()), groups, Selector.parse(spec.getSelector()));
  }

  /** Returns whether only named devices can match, so that nobody else need be looked at. */
  boolean isOnlyNames() {
    return groups.isEmpty() && !everybody;
  }

  boolean matches(Device device, long nowMs) {
    boolean named = everybody || names.contains(device.getDevice());
    return (named || groups.stream().anyMatch(group -> group.matches(device, nowMs)))
        && selector.matches(device, nowMs);
  }
}
