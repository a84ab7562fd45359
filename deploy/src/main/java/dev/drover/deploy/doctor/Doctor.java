package dev.drover.deploy.doctor;

import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.models.ModelStore;
import dev.drover.config.Places;
import dev.drover.deploy.demo.DemoCommand;
import dev.drover.deploy.demo.DemoNeeds;
import dev.drover.hub.config.HubConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks at everything, in the order in which it matters. */
final class Doctor {
  private static final long HUB_DISK_BYTES = 512L << 20;

  /**
   * What to look at.
   *
   * @param agent how the agent is set
   * @param hub how the hub is set
   * @param address of the hub to call, or null for none
   * @param credentials of the operator who calls it
   * @param deep whether to read models and releases whole
   */
  record Subject(
      AgentConfig agent, HubConfig hub, @Nullable String address, Path credentials, boolean deep) {}

  private final Map<String, String> environment;
  private final Clock clock;
  private final SecureRandom random;
  private final Findings findings = new Findings();

  Doctor(Map<String, String> environment, Clock clock, SecureRandom random) {
    this.environment = environment;
    this.clock = clock;
    this.random = random;
  }

  List<Finding> examine(Subject subject) {
    Path cache = Places.cache(environment);
    ModelStore models = ModelStore.inCache(environment);
    findings.area("This machine");
    MachineChecks machine = new MachineChecks(findings);
    machine.java();
    machine.system();
    machine.runtime(nativePlace(subject));
    machine.memory(models);
    machine.clock(clock.millis());

    findings.area("Models");
    DiskChecks disks = new DiskChecks(findings);
    String demo = "the demo needs " + MachineChecks.size(DemoNeeds.LARGE.diskBytes());
    disks.disk(cache, DemoNeeds.LARGE.diskBytes(), demo, false);
    new ModelChecks(findings, models, subject.deep()).models();

    Optional<DeviceIdentity> identity = agent(subject, disks);
    hub(subject, disks);
    connections(subject, identity);

    findings.area("Around");
    SurroundingChecks around = new SurroundingChecks(findings, environment);
    around.demo(DemoCommand.root(environment));
    around.tools();
    return findings.all();
  }

  /** Where a library can be unpacked as an agent does it: a temporary directory may forbid it. */
  private static Path nativePlace(Subject subject) {
    Path data = subject.agent().dataDir();
    Path temporary = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    return Files.isDirectory(data) && Files.isWritable(data) ? data : temporary;
  }

  private Optional<DeviceIdentity> agent(Subject subject, DiskChecks disks) {
    findings.area("Agent");
    if (!Trees.data(findings, subject.agent().dataDir())) {
      return Optional.empty();
    }
    AgentChecks agent = new AgentChecks(findings, subject.agent(), clock.instant());
    long reserve = subject.agent().diskReserve().bytes();
    disks.disk(subject.agent().dataDir(), reserve, "nothing more is fetched", true);
    boolean runs = agent.process();
    agent.status(runs);
    Optional<DeviceIdentity> identity = agent.identity(runs);
    agent.policy();
    if (subject.deep()) {
      agent.content();
    }
    return identity;
  }

  private void hub(Subject subject, DiskChecks disks) {
    findings.area("Hub");
    HubConfig config = subject.hub();
    boolean here = Trees.data(findings, config.dataDir());
    boolean runs = false;
    if (here) {
      HubChecks hub = new HubChecks(findings, config, clock.instant());
      disks.disk(config.dataDir(), HUB_DISK_BYTES, "releases and the log grow", true);
      runs = hub.process();
      hub.keys();
      hub.brokers(config.brokerExternal(), random);
    }
    PortChecks ports = new PortChecks(findings, random);
    ports.port("api.port", config.apiBind(), config.apiPort(), here && !runs);
    if (config.brokerExternal().isEmpty()) {
      ports.port("broker.port", config.brokerBind(), config.brokerPort(), here && !runs);
    }
  }

  private void connections(Subject subject, Optional<DeviceIdentity> identity) {
    findings.area("Connections");
    ConnectionChecks connections = new ConnectionChecks(findings, clock);
    String address = subject.address();
    if (address == null) {
      findings.info("hub", "none to call: name one with --hub or DROVER_HUB");
    } else {
      connections.operator(address, subject.credentials());
    }
    identity.ifPresent(
        self -> findings.look("device", () -> connections.device(self, subject.agent())));
  }
}
