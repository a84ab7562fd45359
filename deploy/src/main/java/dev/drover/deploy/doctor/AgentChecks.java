package dev.drover.deploy.doctor;

import dev.drover.agent.cli.AgentConnection;
import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.config.AgentPlaces;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.identity.IdentityStore;
import dev.drover.agent.policy.FilePolicy;
import dev.drover.crypto.Certificates;
import dev.drover.engine.StoreDirectory;
import dev.drover.machine.runtime.StoreSchema;
import dev.drover.term.Terminal;
import dev.drover.v1.AgentStatus;
import dev.drover.v1.GetStatusRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Vocabulary;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An agent's directory, which exists, and the agent that runs on it. */
final class AgentChecks {
  private static final int CALL_SECONDS = 5;

  /** How notices of an agent begin that is as its owner left it. */
  private static final List<String> USUAL =
      List.of("Not enrolled", "There is no model", "The model is loading", "A release is on trial");

  private final Findings findings;
  private final AgentConfig config;
  private final Path data;
  private final Instant now;

  AgentChecks(Findings findings, AgentConfig config, Instant now) {
    this.findings = findings;
    this.config = config;
    this.data = config.dataDir().toAbsolutePath();
    this.now = now;
  }

  /** Looks at store and process; returns whether an agent runs. */
  boolean process() {
    Path store = AgentPlaces.store(data);
    boolean[] runs = new boolean[1];
    findings.look(
        "store",
        () -> {
          Optional<String> version = StoreDirectory.requireReadable(store, StoreSchema.first());
          runs[0] = StoreDirectory.isHeld(store);
          if (version.isEmpty()) {
            findings.info("store", "none yet; the first `drover agent run` makes it");
          } else {
            findings.ok("store", version.get() + (runs[0] ? ", in use" : ", not in use"));
          }
        });
    return runs[0];
  }

  /** Asks the agent how it is. */
  void status(boolean runs) {
    Path socket = config.inData(config.socket());
    if (!runs) {
      findings.info("agent", "does not run; start it: drover agent run --data " + data);
      return;
    }
    findings.look(
        "agent",
        () -> {
          AgentStatus status = ask(socket);
          String model = status.getModelName().isEmpty() ? "no model" : status.getModelName();
          findings.ok(
              "agent", status.getVersion() + " answers, process " + status.getPid() + ", " + model);
          if (status.getHubConnected()) {
            findings.ok("link", "connected to the broker");
          }
          status.getNoticesList().forEach(this::notice);
        });
  }

  private static AgentStatus ask(Path socket) {
    try (AgentConnection connection = new AgentConnection(socket)) {
      return connection
          .calls()
          .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
          .getStatus(GetStatusRequest.getDefaultInstance());
    } catch (StatusRuntimeException unanswered) {
      throw GrpcErrors.parse(unanswered)
          .withNextStep("Look into its log; if it stays so, end the process: it starts again.");
    }
  }

  private void notice(String notice) {
    if (USUAL.stream().anyMatch(notice::startsWith)) {
      findings.info("notice", notice);
    } else {
      findings.warn("notice", notice, "");
    }
  }

  /** Looks at keys and certificates; returns the identity if there is one that can be read. */
  Optional<DeviceIdentity> identity(boolean runs) {
    IdentityStore store = new IdentityStore(AgentPlaces.identity(data));
    Optional<DeviceIdentity> identity;
    try {
      identity = store.load();
    } catch (DroverException damaged) {
      findings.fail(
          "identity",
          new DroverException(damaged.code(), String.valueOf(damaged.getMessage()), damaged)
              .withNextStep("Put it back from a backup, or enrol again with a new token."));
      return Optional.empty();
    }
    if (identity.isEmpty()) {
      findings.info("identity", "not enrolled with a hub: drover enrol --token-file FILE");
      return identity;
    }
    findings.ok("identity", identity.get().device() + " of tenant " + identity.get().tenant());
    findings.look("keys", () -> Trees.secrets(findings, "keys", store.secrets()));
    certificate(identity.get().control().certificate(), runs);
    return identity;
  }

  private void certificate(X509Certificate certificate, boolean runs) {
    Instant end = certificate.getNotAfter().toInstant();
    Instant due = Certificates.renewAt(certificate);
    String until = "until " + Terminal.time(end.toEpochMilli());
    if (now.isAfter(end)) {
      findings.fail(
          "certificate",
          ErrorCode.CERTIFICATE_EXPIRED,
          "It ended at " + Terminal.time(end.toEpochMilli()) + ".",
          runs
              ? "The agent renews it when it reaches the hub; if the hub refuses, enrol again."
              : "Start the agent: it renews it; if the hub refuses, enrol again.");
    } else if (now.isBefore(certificate.getNotBefore().toInstant())) {
      findings.warn(
          "certificate", until + "; it is not valid yet", "Set the clock of this machine.");
    } else if (now.isAfter(due)) {
      findings.warn(
          "certificate",
          until + "; renewal is due since " + Terminal.time(due.toEpochMilli()),
          runs ? "Let the agent reach the hub; it tries by itself." : "Start the agent.");
    } else {
      findings.ok(
          "certificate", until + ", renewed from " + Terminal.time(due.toEpochMilli()) + " on");
    }
  }

  void policy() {
    Path file = config.inData(config.policyFile());
    findings.look(
        "policy",
        () -> {
          var unused = FilePolicy.read(file, name -> Vocabulary.toolNumber(name) > 0);
          findings.ok(
              "policy",
              Files.exists(file)
                  ? file + " is sound"
                  : "no " + file.getFileName() + ": the hub may call what only reads");
        });
  }

  /** Reads every file of every release whole. */
  void content() {
    Path content = AgentPlaces.content(data);
    findings.look(
        "releases",
        () -> {
          if (!Files.isDirectory(content)) {
            return;
          }
          int right = 0;
          int wrong = 0;
          try (Stream<Path> found = Files.list(content)) {
            for (Path file : found.toList()) {
              String name = file.getFileName().toString();
              if (!name.matches("[0-9a-f]{64}")) {
                continue;
              }
              if (ModelChecks.digest(file).equals(name)) {
                right++;
              } else {
                wrong++;
                findings.fail(
                    "releases",
                    ErrorCode.MODEL_CORRUPT,
                    "It is not the file that it was: " + file,
                    "Roll the release out again; the agent takes the slot before it meanwhile.");
              }
            }
          }
          if (wrong == 0) {
            findings.ok("releases", right + " files read whole");
          }
        });
  }
}
