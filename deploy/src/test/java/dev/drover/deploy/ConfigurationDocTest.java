package dev.drover.deploy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.agent.config.AgentConfig;
import dev.drover.config.Config;
import dev.drover.hub.config.HubConfig;
import dev.drover.testkit.GeneratedDoc;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The reference of the configuration is that of the records which the processes read. */
class ConfigurationDocTest {
  private static final String RULES = "dev.drover.agent.policy.FilePolicy$Rules";

  @Test
  void configurationPage_asGenerated_isCurrent() throws ClassNotFoundException {
    String page =
        """
        # Configuration

        Hub and agent read the same kind of text: UTF-8, one `key = value` a line, `#` begins a comment
        line. It comes in layers, a later one wins: the defaults below, `--config FILE`, `--data DIR`
        (short for `data-dir`), `--set key=value`. A key that is not listed here stops the start with
        `CONFIG_UNKNOWN_KEY` and the nearest known one; a value outside its bounds stops it with
        `CONFIG_INVALID_VALUE`. What is in force is logged at each start, secrets masked. Nothing is
        read again while the process runs.

        A duration has a unit (`ms`, `s`, `m`, `h`, `d`), a size too (`B`, `KiB`, `MiB`, `GiB`, `TiB`), a list
        has commas between its items.

        The tables of this page are generated from the records that the processes read.

        ## Hub

        `drover hub run`; `data-dir` is `~/.drover/hub` if nothing names it. Record `HubConfig`.

        """
            + Config.reference(HubConfig.class)
            + """

            ## Agent

            `drover agent run`; `data-dir` is `$DROVER_AGENT_DATA`, else `~/.drover/agent`, if nothing names it. A
            path that is not absolute lies in the data directory. Hub, brokers and keys are not configured: they
            come from enrolment. Record `AgentConfig`.

            """
            + Config.reference(AgentConfig.class)
            + """

            ## Policy of a device

            The file that the agent's `policy.file` names, of the same form. Without it the hub may call tools
            that only read. No rule lets the hub call a tool that carries text of people or models, such as
            `notes.ask`. A tool that does not exist stops the start.

            """
            + Config.reference(Class.forName(RULES).asSubclass(Record.class))
            + """

            ## Environment

            | variable | read by | meaning |
            |---|---|---|
            | `JAVA_HOME` | launcher | JDK to use; the `java` on the path if not set |
            | `DROVER_CACHE` | launcher, `model`, `demo` | folder of models and of the demo; `~/.cache/drover` (the launcher: `$XDG_CACHE_HOME/drover` where that is set) |
            | `DROVER_HUB` | operator's commands | address of the hub; `localhost:8443` |
            | `DROVER_OPERATOR` | operator's commands | file of your credentials; `~/.drover/operator.pem` |
            | `DROVER_AGENT_DATA` | agent's commands | data directory of the agent; `~/.drover/agent` |
            | `DROVER_HUB_HEAP`, `DROVER_AGENT_HEAP` | launcher | Java heap of the process, such as `512m`; that of a hub bounds its devices: 32 KiB each above 128 MiB |
            | `NO_COLOR` | all commands | no colour, whatever the terminal |
            | `https_proxy`, `http_proxy`, `all_proxy`, `no_proxy` | `model pull` | proxy of downloads |
            """;
    GeneratedDoc.check("docs/configuration.md", page);
  }

  @Test
  void defaults_ofBothRecords_areAccepted() {
    Map<String, String> values = new HashMap<>();
    values.put("data-dir", "data");
    assertTrue(Config.effective(Config.read(HubConfig.class, values)).size() > 1);
    assertTrue(Config.effective(Config.read(AgentConfig.class, values)).size() > 1);
  }
}
