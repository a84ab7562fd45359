package dev.drover.deploy.sim;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.AuditMachine;
import dev.drover.agent.core.BudgetMachine;
import dev.drover.agent.core.DownlinkMachine;
import dev.drover.agent.core.HealthSource;
import dev.drover.agent.core.HubPolicy;
import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.RunMachine;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolRegistry;
import dev.drover.agent.core.TurnMachine;
import dev.drover.agent.core.UplinkMachine;
import dev.drover.agent.exchange.CommandIntake;
import dev.drover.agent.exchange.EventPublisher;
import dev.drover.agent.exchange.HubSession;
import dev.drover.agent.exchange.TimeExchange;
import dev.drover.agent.exchange.TrustedClock;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.policy.FilePolicy;
import dev.drover.agent.run.Budget;
import dev.drover.agent.run.CheckedToolCalls;
import dev.drover.agent.run.ExecutionRunner;
import dev.drover.agent.run.OwnerWord;
import dev.drover.agent.run.TaskWork;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.DownlinkRow;
import dev.drover.agent.v1.NewLife;
import dev.drover.agent.v1.RunRow;
import dev.drover.agent.v1.StartDetails;
import dev.drover.agent.v1.TurnRow;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.Machine;
import dev.drover.machine.runtime.EngineClock;
import dev.drover.machine.runtime.EngineLimits;
import dev.drover.v1.CommandMark;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.InstalledRelease;
import dev.drover.v1.RuntimeLimits;
import dev.drover.wire.DroverException;
import dev.drover.wire.Vocabulary;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A device: the shipped machines, exchange, policy and runner of an agent over the simulated
 * engine, put together as {@code AgentAssembly} does.
 */
final class SimAgent extends SimNode {
  private static final EngineLimits LIMITS =
      new EngineLimits(1024, 256, 4 << 20, 256, 1 << 20, 10_000, 300);
  private static final long SLEW_DOWNTIME_MS_MAX = 366L * 24 * 3600 * 1000;
  private static final long BUDGET_MILLIBITS = 64_000;
  private static final long HEARTBEAT_MS = 30_000;
  private static final long RESEND_MS = 10_000;
  private static final long LOOK_MS = 5_000;
  private static final int RUNS_MAX = 2;
  private static final long OWNER_MS = 12_000;
  private static final int OWNER_THINKS_MS_MAX = 8_000;

  private static final InstalledRelease FACTORY =
      InstalledRelease.newBuilder()
          .setManifestSha256(ByteString.copyFrom(SimReleases.factorySha256()))
          .setReleaseCounter(1)
          .build();
  private static final String TIME_FILE = "time";
  private static final String STARTS_FILE = "starts";

  private final SeededSecurity secure;
  private @Nullable DeviceIdentity identity;
  private @Nullable SimDeviceLink link;
  private @Nullable NodeEngine engine;
  private @Nullable AuditTrail audit;
  private String serial = "";
  private long enrolledMs;
  private final Set<String> consents = new HashSet<>();

  /** What is around the device, whatever its processes know of it. */
  final Surroundings around;

  SimAgent(SimWorld world, String name) {
    super(world, name);
    this.secure = new SeededSecurity(random);
    this.around = new Surroundings(world, name);
  }

  /** Gives the device what enrolment gives. */
  void enrolled(DeviceIdentity given, String withSerial) {
    identity = given;
    serial = withSerial;
    enrolledMs = world.nowMs();
  }

  Optional<DeviceIdentity> identity() {
    return Optional.ofNullable(identity);
  }

  /** Returns whether the owner said yes to an execution. */
  boolean consented(String execution) {
    return consents.contains(execution);
  }

  @Override
  Machine<?> watched(Machine<?> machine) {
    return switch (machine.name()) {
      case Machines.TURN -> new TurnWatch<>(this, machine);
      case Machines.RUN -> new RunWatch<>(this, machine);
      default -> machine;
    };
  }

  /** Returns the serial of its certificate. */
  String serial() {
    return serial;
  }

  /** Returns the records that the device holds, oldest first; none while it is down. */
  List<AuditTrail.Entry> records() {
    AuditTrail trail = audit;
    return trail == null || !up() ? List.of() : trail.list(0, 1000);
  }

  /** Returns how many records have no receipt; 0 while the device is down. */
  long recordsPending() {
    AuditTrail trail = audit;
    return trail == null || !up() ? 0 : trail.pending();
  }

  /** Reads rows of one key, while there is a process. */
  <T> Optional<T> read(
      String machine,
      String key,
      java.util.function.Function<dev.drover.machine.RowReader, Optional<T>> reader) {
    NodeEngine running = engine;
    return running == null || !up() ? Optional.empty() : running.read(machine, key, reader);
  }

  /** Reads one row, or what stands for none, also while there is no process. */
  <M extends Message> M row(
      String machine, String key, String name, Parser<M> parser, M otherwise) {
    return read(machine, key, rows -> Optional.of(Machines.row(rows, name, parser, otherwise)))
        .orElse(otherwise);
  }

  /** Returns how many events were dropped because a machine failed; any is a defect. */
  long dropped() {
    NodeEngine running = engine;
    return running == null ? 0 : running.health().dropped();
  }

  /** Returns how an execution stands there. */
  RunRow run(String execution) {
    RunRow none = RunRow.getDefaultInstance();
    return row(Machines.RUN, execution, RunMachine.ROW, RunRow.parser(), none);
  }

  CommandMark mark() {
    return row(
            Machines.DOWNLINK,
            Machines.DOWNLINK,
            DownlinkMachine.ROW,
            DownlinkRow.parser(),
            DownlinkRow.getDefaultInstance())
        .getMark();
  }

  @Override
  void assemble() {
    DeviceIdentity self = identity;
    if (self == null) {
      return;
    }
    TrustedClock trusted =
        new TrustedClock(
            clock, clock::monotonicNanos, new KeptTime(files, TIME_FILE), SimWorld.BUILT_MS);
    var unused = trusted.proved(enrolledMs);
    EngineClock.Policy policy =
        new EngineClock.Policy(100, SLEW_DOWNTIME_MS_MAX, SimWorld.BUILT_MS);
    NodeEngine made = newEngine(LIMITS, policy, trusted);
    engine = made;
    AuditTrail trail = new AuditTrail(made, secure);
    audit = trail;
    Wired wired = wire(self, made, trail, trusted);
    world.ledger().begins(this);
    made.start();
    beginLife(made, self, wired.publisher());
    wired.releases().decide();
    follow(wired, trail);
    OwnerWord owner = new OwnerWord(made, trail);
    every(OWNER_MS, () -> ownerLooks(owner));
  }

  /** The parts that follow the hub. */
  private record Wired(
      SimDeviceLink link,
      EventPublisher publisher,
      TimeExchange time,
      CommandIntake intake,
      ToolRegistry tools,
      HubPolicy policy,
      ExecutionRunner runner,
      Senses senses,
      SimInstalls releases,
      SimDesired desired) {}

  private Wired wire(DeviceIdentity self, NodeEngine made, AuditTrail trail, TrustedClock trusted) {
    EventPublisher[] late = new EventPublisher[1];
    SimDeviceLink control =
        new SimDeviceLink(
            this, () -> EventPublisher.lastWill(late[0].incarnation()), trusted::millis);
    link = control;
    var guarded = world.variant().deviceLink(name, control);
    EventPublisher publisher =
        new EventPublisher(
            () -> self,
            guarded,
            made,
            trail,
            newLane(),
            task -> later(EventPublisher.LINGER_MS, task),
            random.nextLong());
    late[0] = publisher;
    TimeExchange time = new TimeExchange(trusted, secure, clock::monotonicNanos);
    CommandIntake intake =
        new CommandIntake(() -> self, made, time, trail, secure, clock.bootId(), publisher);
    ToolRegistry tools = ToolRegistry.of(SimTools.of(this));
    HubPolicy policy = FilePolicy.of(Set.of(), Set.of());
    SimInstalls releases = new SimInstalls(this, made, trail, control, publisher, trusted);
    TaskWork work =
        new TaskWork(
            new CheckedToolCalls(tools, policy, trail),
            new SimModel(this),
            new SimManifests(this, releases),
            new Budget(made, BUDGET_MILLIBITS),
            trail,
            () -> releases.installed().getModelSha256().toByteArray());
    ExecutionRunner runner = new ExecutionRunner(made, work, newLane(), clock.bootId());
    Senses senses = new Senses(made, clock.bootId(), trusted, around);
    register(made, publisher, runner);
    releases.register();
    made.register(new TurnMachine(RUNS_MAX, around.ownerAsked()));
    made.handle(Machines.EFFECT_LOOK, senses.look());
    SimDesired desired = new SimDesired(files);
    made.handle(Machines.EFFECT_CONFIG, desired);
    return new Wired(
        control, publisher, time, intake, tools, policy, runner, senses, releases, desired);
  }

  private static void register(Engine made, EventPublisher publisher, ExecutionRunner runner) {
    made.register(new DownlinkMachine());
    made.register(new UplinkMachine());
    made.register(new RunMachine());
    made.register(new InstallMachine());
    made.register(new BudgetMachine(BUDGET_MILLIBITS));
    made.register(new AuditMachine());
    made.handle(Machines.EFFECT_RUN, runner);
    made.handle(Machines.EFFECT_CANCEL_RUN, runner.canceller());
    made.handle(Machines.EFFECT_UPLINK_WAKE, once(publisher::wake));
    made.handle(Machines.EFFECT_AUDIT_WAKE, once(publisher::wake));
    made.handle(Machines.EFFECT_ACK, once(publisher::acknowledge));
    made.handle(Machines.EFFECT_GAP, once(publisher::missing));
  }

  private static EffectHandler once(Runnable action) {
    return effect -> {
      action.run();
      return EffectResult.doneStage();
    };
  }

  private static void beginLife(Engine made, DeviceIdentity self, EventPublisher publisher) {
    NewLife.Builder life =
        NewLife.newBuilder()
            .setIncarnation(self.incarnation())
            .setTenant(self.tenant())
            .setDevice(self.device());
    var begun =
        Waiting.join(
            made.submit(
                Machines.UPLINK,
                Machines.UPLINK,
                UplinkEvent.newBuilder().setBegin(life).build().toByteArray()));
    begun.orThrow();
    life.setIncarnation(publisher.incarnation());
    var audited =
        Waiting.join(
            made.submit(
                Machines.AUDIT,
                Machines.AUDIT,
                AuditEvent.newBuilder().setBegin(life).build().toByteArray()));
    audited.orThrow();
  }

  private void follow(Wired wired, AuditTrail trail) {
    long starts = files.get(STARTS_FILE).map(KeptTime::number).orElse(0L) + 1;
    files.put(STARTS_FILE, KeptTime.text(starts));
    var unused =
        Waiting.join(
            trail.started(
                StartDetails.newBuilder()
                    .setVersion("1.0.0")
                    .setBootId(clock.bootId())
                    .setStarts(starts)
                    .build()));
    List<Integer> numbers =
        wired.tools().tools().stream()
            .map(Tool::definition)
            .filter(wired.policy()::mayCall)
            .map(tool -> Vocabulary.toolNumber(tool.name()))
            .toList();
    HealthSource health =
        () ->
            DeviceHealth.newBuilder()
                .setCpus(2)
                .setMemoryTotalBytes(4L << 30)
                .setMemoryAvailableBytes(2L << 30)
                .setDiskFreeBytes(8L << 30)
                .setBusy(wired.runner().busy())
                .setPower(around.power())
                .setNetwork(around.network())
                .setCrashes(wired.releases().crashes())
                .build();
    HubSession session =
        new HubSession(
            wired.link(),
            wired.publisher(),
            wired.intake(),
            wired.time(),
            health,
            new HubSession.Self(
                "1.0.0",
                starts,
                numbers,
                () -> installed(wired.releases()),
                wired.desired()::report,
                RuntimeLimits::getDefaultInstance));
    wired.senses().clockWantedBy(session::wantTime);
    wired.desired().changedBy(session::introduce);
    wired.link().start(session);
    wired.releases().begin(session);
    every(HEARTBEAT_MS, session::heartbeat);
    every(RESEND_MS, session::resend);
    every(LOOK_MS, wired.senses().look()::watch);
  }

  private static InstalledRelease installed(SimInstalls releases) {
    InstalledRelease now = releases.installed();
    return now.getManifestSha256().isEmpty() ? FACTORY : now;
  }

  /** The owner looks at what waits, thinks about it, and says yes to some of it. */
  private void ownerLooks(OwnerWord owner) {
    for (TurnRow waiting : owner.waiting()) {
      if (random.nextBoolean()) {
        String execution = waiting.getArrived().getExecution();
        later(random.nextInt(OWNER_THINKS_MS_MAX), () -> consent(owner, execution));
      }
    }
  }

  private void consent(OwnerWord owner, String execution) {
    consents.add(execution);
    try {
      owner.give(execution);
      world.trace().line("%s: its owner says yes to %s", name, execution);
    } catch (DroverException gone) {
      world.trace().line("%s: its owner is late for %s", name, execution);
    }
  }

  @Override
  void ended() {
    SimDeviceLink gone = link;
    link = null;
    engine = null;
    audit = null;
    if (gone != null) {
      gone.close();
      world.broker().gone(gone);
    }
    world.ledger().ended(this);
  }
}
