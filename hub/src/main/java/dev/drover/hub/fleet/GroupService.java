package dev.drover.hub.fleet;

import dev.drover.hub.core.RegistryRows;
import dev.drover.hub.core.Selector;
import dev.drover.hub.v1.DropTargetGroup;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.SaveTargetGroup;
import dev.drover.v1.TargetGroup;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The saved groups of the tenant: selectors with a name, whose members are always those that match
 * now.
 *
 * <p>Thread-safe. Reads are of committed state, on the caller's thread. What a completed stage says
 * is durable; a stage fails with a {@link DroverException}.
 */
public final class GroupService {
  private final Machines machines;
  private final DeviceService devices;
  private final LateJoiners late;

  GroupService(Machines machines, DeviceService devices, LateJoiners late) {
    this.machines = machines;
    this.devices = devices;
    this.late = late;
  }

  /**
   * Saves a group, in the place of the one that has its name.
   *
   * @param operator who wants it
   * @return the group with its members counted; fails with {@link ErrorCode#INVALID_ARGUMENT},
   *     {@link ErrorCode#SELECTOR_INVALID} or {@link ErrorCode#LIMIT_EXCEEDED}
   */
  public CompletionStage<TargetGroup> save(TargetGroup group, String operator) {
    return Machines.staged(
        () -> {
          Ids.requireId("A group's name", group.getName());
          Selector.parse(group.getSelector());
          SaveTargetGroup save =
              SaveTargetGroup.newBuilder()
                  .setGroup(
                      TargetGroup.newBuilder()
                          .setName(group.getName())
                          .setSelector(group.getSelector())
                          .setSavedBy(operator))
                  .setRequestSha256(Requests.sha256(group))
                  .build();
          return machines
              .registry(RegistryEnvelope.newBuilder().setSaveTargetGroup(save))
              .thenApply(
                  done -> {
                    late.groupChanged(group.getName());
                    return get(group.getName());
                  });
        });
  }

  /**
   * Removes a group.
   *
   * @param operator who wants it
   * @return fails with {@link ErrorCode#NOT_FOUND}, or {@link ErrorCode#ILLEGAL_TRANSITION} while
   *     an open job takes its late joiners from the group
   */
  public CompletionStage<Void> remove(String name, String operator) {
    DropTargetGroup drop =
        DropTargetGroup.newBuilder()
            .setName(name)
            .setOperator(operator)
            .setRequestSha256(Requests.sha256("remove group", name))
            .build();
    return Machines.staged(late::closeEnded)
        .thenCompose(
            closed -> machines.registry(RegistryEnvelope.newBuilder().setDropTargetGroup(drop)))
        .thenAccept(done -> {});
  }

  /** Returns the groups by name, their members counted. Reads every device. */
  public List<TargetGroup> list() {
    return counted(machines.readRegistry(RegistryRows::targetGroups));
  }

  private TargetGroup get(String name) {
    return counted(
            machines.readRegistry(rows -> RegistryRows.targetGroup(rows, name)).stream().toList())
        .stream()
        .findFirst()
        .orElseThrow(
            () -> new DroverException(ErrorCode.NOT_FOUND, "The group was removed meanwhile."));
  }

  private List<TargetGroup> counted(List<TargetGroup> groups) {
    if (groups.isEmpty()) {
      return List.of();
    }
    long nowMs = machines.engine().nowMs();
    List<TargetGroup.Builder> counted = groups.stream().map(TargetGroup::toBuilder).toList();
    List<Selector> selectors = groups.stream().map(g -> Selector.parse(g.getSelector())).toList();
    devices.forEach(
        device -> {
          for (int i = 0; i < selectors.size(); i++) {
            if (selectors.get(i).matches(device, nowMs)) {
              counted.get(i).setMembers(counted.get(i).getMembers() + 1);
            }
          }
        });
    return counted.stream().map(TargetGroup.Builder::build).toList();
  }
}
