package dev.drover.agent.config;

import dev.drover.agent.sense.NetworkSetting;
import dev.drover.agent.sense.PowerSetting;
import dev.drover.config.ConfigKey;
import dev.drover.config.DataSize;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The agent's configuration. Paths that are not absolute lie in the data directory; an empty path
 * stands for the one named in its description. How to reach the hub comes from enrolment.
 *
 * @param dataDir everything that the agent keeps
 * @param modelFile a GGUF file for agents without a release, may be empty
 * @param contextTokens room for prompt and answer where no release says otherwise
 * @param threads for inference
 * @param loadTimeout after which a model that does not come up counts as failed
 * @param answerBudgetBits what the hub may learn from answers a day
 * @param heartbeat how often health is sent
 * @param diskReserve space that a download leaves free
 * @param logDir where the log is
 * @param filesRoot what the file tools may read
 * @param notesDir the owner's notes
 * @param socket where local programs connect
 * @param grpcTcpEnabled whether paired neighbours may connect
 * @param grpcTcpBind address for them
 * @param grpcTcpPort port for them
 * @param metricsEnabled whether Prometheus may read
 * @param metricsBind address for Prometheus
 * @param metricsPort port for Prometheus
 * @param memoryLimit device memory that Drover may count on; 0 for all
 * @param proxy HTTP proxy towards hub and broker
 * @param policyFile what the hub may call, beyond reading
 * @param power where the device's power comes from
 * @param network what the device's network costs
 * @param consentForInstalls whether the owner is asked before each release
 */
public record AgentConfig(
    @ConfigKey(value = "data-dir", doc = "Directory of everything the agent keeps; mode 0700.")
        Path dataDir,
    @ConfigKey(
            value = "model.file",
            byDefault = "",
            doc = "GGUF file to use while no installed release brings a model.")
        Path modelFile,
    @ConfigKey(
            value = "runtime.context-tokens",
            desirable = true,
            byDefault = "2048",
            min = "64",
            max = "131072",
            doc = "Tokens of prompt and answer together, where no release says otherwise.")
        int contextTokens,
    @ConfigKey(
            value = "runtime.threads",
            desirable = true,
            byDefault = "0",
            min = "0",
            max = "512",
            doc = "Threads of the model runtime; 0 for one per physical core.")
        int threads,
    @ConfigKey(
            value = "runtime.load-timeout",
            desirable = true,
            byDefault = "5m",
            min = "1s",
            max = "1h",
            doc =
                "How long a model may take to load and, in a trial, to give its first answer; the"
                    + " eval suite has as long again.")
        Duration loadTimeout,
    @ConfigKey(
            value = "answer-budget-bits",
            byDefault = "64",
            min = "0",
            max = "1000000",
            doc = "Bits that answers may tell the hub per UTC day.")
        int answerBudgetBits,
    @ConfigKey(
            value = "heartbeat",
            desirable = true,
            atOnce = true,
            byDefault = "30s",
            min = "1s",
            max = "1h",
            doc = "How often health is sent to the hub.")
        Duration heartbeat,
    @ConfigKey(
            value = "content.disk-reserve",
            desirable = true,
            atOnce = true,
            byDefault = "256MiB",
            doc = "Disk space that a download leaves free.")
        DataSize diskReserve,
    @ConfigKey(value = "log.dir", byDefault = "logs", doc = "Directory of the rotating log.")
        Path logDir,
    @ConfigKey(
            value = "files.root",
            byDefault = "files",
            doc = "Directory that the file tools may read.")
        Path filesRoot,
    @ConfigKey(value = "notes.dir", byDefault = "notes", doc = "Directory of the owner's notes.")
        Path notesDir,
    @ConfigKey(
            value = "grpc.socket",
            byDefault = "run/agent.sock",
            doc = "Unix socket for programs of the same user.")
        Path socket,
    @ConfigKey(
            value = "grpc.tcp.enabled",
            byDefault = "false",
            doc = "Whether paired neighbours may connect over mutual TLS.")
        boolean grpcTcpEnabled,
    @ConfigKey(
            value = "grpc.tcp.bind",
            byDefault = "127.0.0.1",
            doc = "Address for paired neighbours.")
        String grpcTcpBind,
    @ConfigKey(
            value = "grpc.tcp.port",
            byDefault = "8444",
            min = "0",
            max = "65535",
            doc = "Port for paired neighbours; 0 for any.")
        int grpcTcpPort,
    @ConfigKey(
            value = "metrics.enabled",
            byDefault = "false",
            doc = "Whether metrics are served to Prometheus.")
        boolean metricsEnabled,
    @ConfigKey(value = "metrics.bind", byDefault = "127.0.0.1", doc = "Address for Prometheus.")
        String metricsBind,
    @ConfigKey(
            value = "metrics.port",
            byDefault = "9464",
            min = "0",
            max = "65535",
            doc = "Port for Prometheus; 0 for any.")
        int metricsPort,
    @ConfigKey(
            value = "health.memory-limit",
            byDefault = "0B",
            doc = "Device memory that Drover may count on; 0B for all that is there.")
        DataSize memoryLimit,
    @ConfigKey(
            value = "proxy",
            byDefault = "",
            doc = "host:port of an HTTP proxy towards hub and broker; none if empty.")
        String proxy,
    @ConfigKey(
            value = "policy.file",
            byDefault = "policy.conf",
            doc = "What the hub may call beyond reading; need not exist.")
        Path policyFile,
    @ConfigKey(
            value = "device.power",
            byDefault = "auto",
            doc =
                "Where the device's power comes from, for work that waits for mains; auto looks at"
                    + " /sys/class/power_supply, where few boards without a battery say anything.")
        PowerSetting power,
    @ConfigKey(
            value = "device.network",
            byDefault = "auto",
            doc =
                "What the device's network costs, for work that waits for an unmetered one; auto"
                    + " asks NetworkManager, and takes a modem for metered.")
        NetworkSetting network,
    @ConfigKey(
            value = "consent.installs",
            byDefault = "false",
            doc = "Whether the owner must say yes to each release, whatever the hub asks for.")
        boolean consentForInstalls) {
  /** Returns a path of this configuration as an absolute one. */
  public Path inData(Path path) {
    return dataDir.toAbsolutePath().resolve(path).normalize();
  }

  /** Returns whether a path that may be left out was given. */
  public static boolean given(Path path) {
    return !path.toString().isEmpty();
  }
}
