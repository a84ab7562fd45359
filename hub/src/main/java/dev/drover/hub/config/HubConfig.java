package dev.drover.hub.config;

import dev.drover.config.ConfigKey;
import dev.drover.config.DataSize;
import dev.drover.wire.Ids;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Configuration of a hub; each component says what it is. Immutable. */
public record HubConfig(
    @ConfigKey(value = "data-dir", doc = "Directory of everything the hub keeps; mode 0700.")
        Path dataDir,
    @ConfigKey(
            value = "tenant",
            doc = "Name of the fleet; part of every topic and certificate, never changed later.",
            byDefault = "default")
        String tenant,
    @ConfigKey(
            value = "addresses",
            doc =
                "Host names and IP addresses by which devices and operators reach this hub, the"
                    + " best first; they stand in its certificate and in enrolment tokens.",
            byDefault = "localhost, 127.0.0.1, ::1")
        List<String> addresses,
    @ConfigKey(
            value = "api.bind",
            doc = "Address that the API listens on; `::` for every one.",
            byDefault = "127.0.0.1")
        String apiBind,
    @ConfigKey(
            value = "api.port",
            doc = "TCP port of gRPC, JSON, metrics, log tiles and enrolment; 0 for any free one.",
            byDefault = "8443",
            min = "0",
            max = "65535")
        int apiPort,
    @ConfigKey(
            value = "broker.bind",
            doc = "Address that the embedded broker listens on.",
            byDefault = "127.0.0.1")
        String brokerBind,
    @ConfigKey(
            value = "broker.port",
            doc = "TCP port of the embedded broker; 0 for any free one.",
            byDefault = "8883",
            min = "0",
            max = "65535")
        int brokerPort,
    @ConfigKey(
            value = "broker.external",
            doc =
                "host:port of MQTT 5 brokers to use instead of the embedded one, in the order in"
                    + " which devices try them.",
            byDefault = "")
        List<String> brokerExternal,
    @ConfigKey(
            value = "broker.files",
            doc =
                "Directory of an external Mosquitto's files, made by `drover hub broker-config`, in"
                    + " which the hub keeps its revocation list and access rules; none when empty.",
            byDefault = "")
        String brokerFiles,
    @ConfigKey(
            value = "broker.cache",
            doc = "Most bytes of chunks that the broker retains.",
            byDefault = "64MiB",
            min = "1MiB",
            max = "16GiB")
        DataSize brokerCache,
    @ConfigKey(
            value = "broker.record",
            doc =
                "File in which everything that the broker carries is recorded but for content, to"
                    + " see what devices send; none when empty.",
            byDefault = "")
        String brokerRecord,
    @ConfigKey(
            value = "certificates.life",
            doc = "How long certificates of devices are valid; renewed at two thirds.",
            byDefault = "90d",
            min = "1m",
            max = "3650d")
        Duration certificatesLife,
    @ConfigKey(
            value = "certificates.grace",
            doc = "How long after its certificate expired a device may still renew it.",
            byDefault = "365d",
            min = "0s",
            max = "3650d")
        Duration certificatesGrace,
    @ConfigKey(
            value = "jobs.concurrency",
            doc = "Executions of one job in flight where the job does not say.",
            byDefault = "256",
            min = "1",
            max = "10000")
        int jobsConcurrency,
    @ConfigKey(
            value = "jobs.approvals",
            doc =
                "Operators other than its author who must approve a job before anything is granted,"
                    + " where the job does not ask for more.",
            byDefault = "0",
            min = "0",
            max = "10")
        int jobsApprovals,
    @ConfigKey(
            value = "jobs.per-device",
            doc =
                "Executions that a device is given at a time; more wait on the hub, by priority."
                    + " What waits on the device for a window or a condition does not count.",
            byDefault = "8",
            min = "1",
            max = "500")
        int jobsPerDevice,
    @ConfigKey(
            value = "log.dir",
            doc = "Directory of the rotating log, in the data directory unless it is absolute.",
            byDefault = "logs")
        Path logDir,
    @ConfigKey(
            value = "log.origin",
            doc = "Origin of the audit log in checkpoints; `drover/<tenant>` when empty.",
            byDefault = "")
        String logOrigin,
    @ConfigKey(
            value = "log.checkpoint",
            doc = "Pause between signed checkpoints of the audit log while it grows.",
            byDefault = "500ms",
            min = "100ms",
            max = "1h")
        Duration logCheckpoint) {

  /** Checks what the bounds of single keys cannot. */
  public HubConfig {
    Ids.requireId("The tenant", tenant);
    addresses = List.copyOf(addresses);
    brokerExternal = List.copyOf(brokerExternal);
    if (logOrigin.isEmpty()) {
      logOrigin = "drover/" + tenant;
    }
  }

  /** Returns a path of this configuration as an absolute one. */
  public Path inData(Path path) {
    return dataDir.toAbsolutePath().resolve(path).normalize();
  }
}
