package dev.drover.agent;

import dev.drover.agent.api.AgentParts;
import dev.drover.agent.api.AgentServer;
import dev.drover.agent.api.Neighbours;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.config.AgentPlaces;
import dev.drover.agent.config.OwnSettings;
import dev.drover.agent.core.HealthSource;
import dev.drover.agent.core.HubPolicy;
import dev.drover.agent.core.ProcessControl;
import dev.drover.agent.core.StatusSource;
import dev.drover.agent.core.Tool;
import dev.drover.agent.core.ToolRegistry;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.exchange.CommandIntake;
import dev.drover.agent.exchange.EventPublisher;
import dev.drover.agent.exchange.HubSession;
import dev.drover.agent.exchange.StoreLife;
import dev.drover.agent.exchange.TimeExchange;
import dev.drover.agent.exchange.TrustedClock;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.identity.IdentityStore;
import dev.drover.agent.llm.LlamaRuntime;
import dev.drover.agent.llm.RuntimeSettings;
import dev.drover.agent.metrics.AgentMetrics;
import dev.drover.agent.policy.FilePolicy;
import dev.drover.agent.release.ContentStore;
import dev.drover.agent.release.InstallPieces;
import dev.drover.agent.release.InstallWork;
import dev.drover.agent.release.ReleaseFetcher;
import dev.drover.agent.release.ReleaseTrust;
import dev.drover.agent.release.SignedManifests;
import dev.drover.agent.release.SlotLoader;
import dev.drover.agent.run.Budget;
import dev.drover.agent.run.CheckedToolCalls;
import dev.drover.agent.run.ExecutionRunner;
import dev.drover.agent.run.FolderNotes;
import dev.drover.agent.run.ModelGate;
import dev.drover.agent.run.ModelQuestions;
import dev.drover.agent.run.ModelTrial;
import dev.drover.agent.run.OwnerWord;
import dev.drover.agent.run.TaskWork;
import dev.drover.agent.store.DeviceEngine;
import dev.drover.agent.tools.BuiltInTools;
import dev.drover.agent.v1.StartDetails;
import dev.drover.config.Build;
import dev.drover.machine.Engine;
import dev.drover.machine.runtime.EngineClock;
import dev.drover.machine.runtime.EngineListener;
import dev.drover.machine.runtime.EngineTime;
import dev.drover.wire.Vocabulary;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An agent put together from its parts: the only place that knows all of them. Closing it closes
 * them in reverse. It starts without a hub, without a release and without a model, too.
 */
public final class AgentAssembly implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AgentAssembly.class);
  private static final int RUNS_WAITING_MAX = 256;
  private static final int RESEND_SECONDS = 10;
  private static final int WATCH_SECONDS = 30;
  private static final int LOOK_SECONDS = 5;
  private static final int BUSY_AFTER_MS = 1000;
  private static final long SLEW_DOWNTIME_MS_MAX = 366L * 24 * 3600 * 1000;

  private final AgentConfig config;
  private final ProcessControl process;
  private final Path data;
  private final Build build = Build.read();
  private final SecureRandom random = new SecureRandom();
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final ModelGate gate = new ModelGate();

  private final AgentMetrics metrics;
  private final TrustedClock clock;
  private final Optional<DeviceIdentity> identity;
  private final Engine engine;
  private final AuditTrail audit;
  private final DesiredKeeper desired;
  private final AgentLinks links;
  private final EventPublisher publisher;
  private final TimeExchange time;
  private final CommandIntake intake;
  private final ContentStore content;
  private final ModelRuntime runtime;
  private final Budget budget;
  private final String bootId = AgentFiles.bootId();
  private final AgentSenses senses;
  private volatile Consumer<Runnable> onBusyChange = task -> {};

  private AgentAssembly(OwnSettings own, ProcessControl process) {
    this.config = own.atStart();
    this.process = process;
    this.data = AgentFiles.prepare(config.dataDir());
    this.metrics = AgentMetrics.of(config);
    this.clock =
        new TrustedClock(
            Clock.systemUTC(), System::nanoTime, data.resolve("time"), build.builtMs());
    this.identity = new IdentityStore(AgentPlaces.identity(data)).load();
    identity.ifPresent(self -> AgentFiles.learnTime(clock, self));
    this.engine = part(openEngine());
    this.audit = new AuditTrail(engine, random);
    this.desired = new DesiredKeeper(own, config);
    this.links = AgentLinks.of(identity, config, clock, random, System::nanoTime, this::lastWill);
    ExecutorService sender = part(AgentThreads.one("publish"));
    this.publisher = links.publisher(engine, audit, sender, random.nextLong());
    this.time = new TimeExchange(clock, random, System::nanoTime);
    this.intake =
        new CommandIntake(links.identity(), engine, time, audit, random, bootId, publisher);
    this.content = new ContentStore(data);
    this.runtime =
        part(
            metrics.measured(
                LlamaRuntime.create(
                    RuntimeSettings.defaults(AgentPlaces.nativeLibrary(data)), System::nanoTime)));
    this.senses = new AgentSenses(config, data, engine, clock, System::nanoTime, bootId);
    part(senses.crashes());
    this.budget = new Budget(engine, config.answerBudgetBits() * 1000L);
  }

  /**
   * Starts an agent; on return it follows its hub, if it has one, and loads its model.
   *
   * @param process by which the agent ends its own process
   * @throws dev.drover.wire.DroverException {@code DATA_DIRECTORY_IN_USE}, {@code STORE_TOO_NEW},
   *     {@code STORE_FAILED}, {@code DISK_FULL}
   */
  public static AgentAssembly start(OwnSettings own, ProcessControl process) {
    AgentAssembly agent = new AgentAssembly(own, process);
    try {
      agent.assemble();
      return agent;
    } catch (RuntimeException failed) {
      agent.close();
      throw failed;
    }
  }

  private Engine openEngine() {
    EngineClock.Policy policy = new EngineClock.Policy(100, SLEW_DOWNTIME_MS_MAX, build.builtMs());
    EngineTime time = new EngineTime(clock, System::nanoTime, policy, EngineTime.RESERVE_MS);
    EngineListener listener =
        EngineListener.ofFailure(process::storeFailed).and(metrics.engineListener());
    return DeviceEngine.open(AgentPlaces.store(data), time, listener);
  }

  private byte[] lastWill() {
    return EventPublisher.lastWill(publisher.incarnation());
  }

  private void assemble() {
    ReleaseTrust trust =
        new ReleaseTrust(
            AgentPlaces.trust(data),
            links.control(),
            identity.map(DeviceIdentity::tenant).orElse("default"),
            clock);
    ReleaseFetcher fetcher =
        new ReleaseFetcher(content, links.bulk(), publisher::want, System::nanoTime);
    ModelTrial trial = new ModelTrial(runtime, System::nanoTime, config.loadTimeout());
    SlotLoader loader =
        new SlotLoader(engine, content, runtime, trial, audit, process, AgentFiles.loading(config));
    ModelQuestions questions =
        new ModelQuestions(runtime, new FolderNotes(config.inData(config.notesDir())), gate);
    HealthSource health = senses.health();
    ToolRegistry tools =
        BuiltInTools.registry(health, config.inData(config.filesRoot()), questions);
    HubPolicy policy = FilePolicy.read(config.inData(config.policyFile()), tools);
    CheckedToolCalls calls = new CheckedToolCalls(tools, policy, audit);
    TaskWork work =
        new TaskWork(
            calls,
            questions,
            new SignedManifests(content, trust, fetcher, System::nanoTime),
            budget,
            audit,
            () -> loader.installed().getModelSha256().toByteArray());
    ExecutionRunner runner =
        new ExecutionRunner(
            engine,
            work,
            part(AgentThreads.bounded("run", AgentMachines.RUNS_MAX, RUNS_WAITING_MAX)),
            bootId);
    part(runner::stop);
    senses.busyBy(runner::busy);
    senses.installedBy(loader::installed);
    onBusyChange = runner::onBusyChange;
    InstallWork install = installWork(trust, fetcher);
    AgentMachines.register(
        engine, config, new AgentMachines.Parts(publisher, runner, loader, senses.look(), desired));
    install.register();
    engine.start();
    StoreLife.begin(engine, identity, random::nextLong);
    loader.decide();
    HubSession session = follow(tools, policy, health, loader);
    serve(tools, calls, policy, status(loader, health));
    links.control().start(session); // after the socket: who is on the device waits for no hub
    begin(session, loader);
  }

  private InstallWork installWork(ReleaseTrust trust, ReleaseFetcher fetcher) {
    InstallPieces.Device device =
        new InstallPieces.Device(
            LlamaRuntime.traits().architectures(),
            () -> AgentFiles.memoryForAgentBytes(AgentFiles.memoryLimitBytes(config)),
            desired::diskReserveBytes);
    InstallWork install =
        new InstallWork(
            engine,
            new InstallPieces(trust, fetcher, content, device),
            audit,
            part(AgentThreads.one("install")),
            System::nanoTime);
    part(install::stop);
    return install;
  }

  private StatusSource status(SlotLoader loader, HealthSource health) {
    return new AgentStatusReport(
        build.version(),
        identity.map(DeviceIdentity::device).orElse(""),
        new AgentStatusReport.Parts(
            engine, links.control(), publisher, intake, loader, budget, audit, health, desired));
  }

  private void serve(
      ToolRegistry tools, CheckedToolCalls calls, HubPolicy policy, StatusSource status) {
    Neighbours neighbours =
        config.grpcTcpEnabled()
            ? new Neighbours(
                config.grpcTcpBind(),
                config.grpcTcpPort(),
                data.resolve("neighbours"),
                clock,
                random)
            : null;
    AgentParts offered =
        new AgentParts(
            tools,
            calls,
            policy,
            runtime,
            status,
            new OwnerWord(engine, audit),
            audit::localRequest,
            System::nanoTime,
            random);
    AgentServer server =
        part(AgentServer.start(config.inData(config.socket()), offered, neighbours));
    senses.servingBy(server::serving);
    part(metrics.serve(engine, status, publisher::refusedCount, intake::refusedCount));
  }

  private HubSession follow(
      ToolRegistry tools, HubPolicy policy, HealthSource health, SlotLoader loader) {
    long starts = AgentFiles.countStart(data.resolve("starts"));
    Waiting.join(
        audit.started(
            StartDetails.newBuilder()
                .setVersion(build.version())
                .setBootId(bootId)
                .setStarts(starts)
                .build()));
    List<Integer> numbers =
        tools.tools().stream()
            .map(Tool::definition)
            .filter(tool -> policy.mayCall(tool) && !tool.answersQuestions())
            .map(tool -> Vocabulary.toolNumber(tool.name()))
            .filter(number -> number > 0)
            .toList();
    HubSession session =
        new HubSession(
            links.control(),
            publisher,
            intake,
            time,
            health,
            new HubSession.Self(
                build.version(),
                starts,
                numbers,
                loader::installed,
                desired::report,
                desired::limits));
    desired.changedBy(session::introduce);
    part(links);
    part(publisher::goodbye);
    return session;
  }

  private void begin(HubSession session, SlotLoader loader) {
    ScheduledExecutorService timer = part(AgentThreads.timer());
    onBusyChange.accept(AgentThreads.gathered(timer, BUSY_AFTER_MS, session::correctBusy));
    desired.paced(new AgentPulse(timer, desired::heartbeatMs, session::heartbeat));
    AgentThreads.every(timer, TimeUnit.SECONDS.toMillis(RESEND_SECONDS), session::resend);
    AgentThreads.every(timer, TimeUnit.SECONDS.toMillis(WATCH_SECONDS), this::watch);
    senses.clockWantedBy(session::wantTime);
    AgentThreads.every(timer, TimeUnit.SECONDS.toMillis(LOOK_SECONDS), senses.look()::watch);
    AgentThreads.start(
        "model-load",
        () -> {
          try {
            loader.load();
          } finally {
            gate.open();
            session.introduce();
          }
        });
    AgentThreads.collectWhenSettled(timer);
    var unused =
        timer.schedule(loader::timedOut, config.loadTimeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  private void watch() {
    links.renew();
    if (runtime.stuck()) {
      senses.crashes().modelEnded();
      process.restart("The model runtime no longer answers");
    }
  }

  private <T extends AutoCloseable> T part(T part) {
    parts.push(part);
    return part;
  }

  private ExecutorService part(ExecutorService executor) {
    parts.push(() -> AgentThreads.end(executor));
    return executor;
  }

  private ScheduledExecutorService part(ScheduledExecutorService executor) {
    parts.push(() -> AgentThreads.end(executor));
    return executor;
  }

  /**
   * Returns whether the process can end only by {@code Runtime.halt}, because the model runtime is
   * stuck.
   */
  public boolean mustHalt() {
    return runtime.mustHalt() && runtime.stuck();
  }

  /** Stops the agent; what is under way stays owed. May be called again. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception failed) {
        LOG.atError().setCause(failed).log("A part did not close");
      }
    }
  }
}
