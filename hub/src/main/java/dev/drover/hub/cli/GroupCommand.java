package dev.drover.hub.cli;

import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.ListTargetGroupsRequest;
import dev.drover.v1.RemoveTargetGroupRequest;
import dev.drover.v1.TargetGroup;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code drover group}. */
@Command(
    name = "group",
    mixinStandardHelpOptions = true,
    description = "Save selectors under a name and use them as targets.",
    footer = {
      "",
      "A group's members are always the devices that match now.",
      "",
      "Examples:",
      "  drover group save hall3-cameras 'site=hall3, role=camera'",
      "  drover job run --tool device.status --in hall3-cameras"
    })
public final class GroupCommand {
  @Command(
      name = "save",
      mixinStandardHelpOptions = true,
      description = "Save a group, in the place of the one that has its name.",
      footer = {"", "Example:", "  drover group save hall3-cameras 'site=hall3, role=camera'"})
  void save(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "NAME", description = "Its name.") String name,
      @Parameters(paramLabel = "SELECTOR", description = "Who is in it.") String selector) {
    try (HubConnection connection = hub.connect()) {
      TargetGroup group = TargetGroup.newBuilder().setName(name).setSelector(selector).build();
      print(hub, connection.calls().saveTargetGroup(group));
    }
  }

  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "List the saved groups.",
      footer = {"", "Example:", "  drover group ls"})
  void list(@Mixin HubOptions hub) {
    List<TargetGroup> groups;
    try (HubConnection connection = hub.connect()) {
      groups = groups(connection);
    }
    TextTable table = new TextTable("GROUP", "MEMBERS", "SELECTOR", "BY");
    for (TargetGroup group : groups) {
      table.row(group.getName(), group.getMembers(), group.getSelector(), group.getSavedBy());
    }
    String none = "No groups. Save one: drover group save NAME SELECTOR";
    hub.terminal().list(hub.json(), groups, table, none);
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Show one group.",
      footer = {"", "Example:", "  drover group show hall3-cameras"})
  void show(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "NAME", description = "Its name.") String name) {
    try (HubConnection connection = hub.connect()) {
      TargetGroup found =
          groups(connection).stream()
              .filter(group -> group.getName().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new DroverException(
                          ErrorCode.NOT_FOUND, "There is no saved group " + name + "."));
      print(hub, found);
    }
  }

  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Remove a group; not while an open job takes late joiners from it.",
      footer = {"", "Example:", "  drover group rm hall3-cameras"})
  void remove(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "NAME", description = "Its name.") String name) {
    try (HubConnection connection = hub.connect()) {
      var done =
          connection
              .calls()
              .removeTargetGroup(RemoveTargetGroupRequest.newBuilder().setName(name).build());
      hub.terminal().out().println(hub.json() ? Json.of(done) : "Removed " + name + ".");
    }
  }

  private static List<TargetGroup> groups(HubConnection connection) {
    return connection
        .calls()
        .listTargetGroups(ListTargetGroupsRequest.getDefaultInstance())
        .getGroupsList();
  }

  private static void print(HubOptions hub, TargetGroup group) {
    if (hub.json()) {
      hub.terminal().out().println(Json.of(group));
      return;
    }
    hub.terminal()
        .out()
        .printf(
            Locale.ROOT,
            "group     %s%nselector  %s%nmembers   %d%nsaved     %s by %s%nsee them  drover device"
                + " ls --select '%s'%n",
            group.getName(),
            group.getSelector(),
            group.getMembers(),
            Terminal.time(group.getSavedMs()),
            group.getSavedBy(),
            group.getSelector());
  }
}
