package dev.drover.hub.fleet;

import dev.drover.hub.core.AuditMachine;
import dev.drover.hub.core.Commands;
import dev.drover.hub.core.DeviceMachine;
import dev.drover.hub.core.ExecutionMachine;
import dev.drover.hub.core.JobMachine;
import dev.drover.hub.core.RegistryMachine;
import dev.drover.hub.core.RegistryRows;
import dev.drover.hub.core.SignedLog;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.HubBegan;
import dev.drover.hub.v1.HubStarted;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.RegistryHead;
import dev.drover.hub.v1.RevokeSerials;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.OwedEffect;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import dev.drover.wire.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fleet of one tenant: the machines on their engine, the way in from devices, the way out to
 * them, and the services for operators.
 *
 * <p>Use: construct (registers machines and handlers), {@link #start}, then the services. Engine
 * and link belong to whoever made them and are closed by them, the link first. Thread-safe.
 */
public final class FleetService {
  private static final Logger LOG = LoggerFactory.getLogger(FleetService.class);
  private static final int REVOKED_PAGE = 1000;
  private static final int STARTS_AT_ONCE = 1000;

  private final FleetParts parts;
  private final Machines machines;
  private final CommandPublisher publisher;
  private final DeviceIntake intake;
  private final DeviceService devices;
  private final JobService jobs;
  private final LateJoiners late;
  private final JobControl jobControl;
  private final RegistryService registry;
  private final GroupService groups;
  private final AuditService audit;
  private final Census census;

  /** Puts the fleet together and registers everything with the engine, which is not started yet. */
  public FleetService(FleetParts parts) {
    this.parts = parts;
    this.machines = new Machines(parts.tenant(), parts.engine());
    this.publisher =
        new CommandPublisher(
            parts.keys().commandSeed(), new Topics(parts.tenant()), parts.link(), parts.executor());
    this.intake =
        new DeviceIntake(
            machines, parts.keys().linkSecret(), parts.wants(), parts.connected(), this::changed);
    this.devices = new DeviceService(machines, parts.releases(), this::changed);
    JobPlanner planner = new JobPlanner(machines, devices, parts.releases());
    this.late = new LateJoiners(machines, devices, planner, parts.executor(), parts.timer());
    this.jobs =
        new JobService(machines, planner, late, parts.releases(), parts.timer(), parts.pace());
    this.registry = new RegistryService(machines);
    this.groups = new GroupService(machines, devices, late);
    this.audit = new AuditService(machines);
    this.census = new Census(machines, devices);
    this.jobControl = new JobControl(machines, census);
    register(parts.engine());
  }

  private void register(Engine engine) {
    engine.register(new DeviceMachine());
    engine.register(new ExecutionMachine(parts.pace().jobsPerDevice()));
    engine.register(new JobMachine());
    engine.register(new AuditMachine(parts.pace().checkpointMs()));
    engine.register(new RegistryMachine());
    engine.handle(Commands.EFFECT, publisher);
    engine.handle(RegistryMachine.REVOKED, this::revoked);
    engine.handle(RegistryMachine.FORGOTTEN, this::forgotten);
    new HubSigner(parts.keys().commandSeed(), parts.keys().log()).handle(engine);
  }

  /**
   * Starts the engine, tells the machines that the hub began, and starts the link. Nothing is
   * granted to a device before it told how far it had followed. Waits until that is durable.
   *
   * @param restored the store came from a backup: commands are numbered anew in a higher epoch
   * @throws dev.drover.wire.DroverException as the engine and the link do
   */
  public void start(boolean restored) {
    try {
      begin(restored).toCompletableFuture().join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof DroverException refusal ? refusal : failed;
    }
  }

  /** Starts like {@link #start}, and returns when it will be done. */
  CompletionStage<Void> begin(boolean restored) {
    var unused = machines.readAudit(SignedLog::require); // before anything more is signed
    parts.engine().start();
    loadRevoked();
    HubBegan began = HubBegan.newBuilder().setRestored(restored).build();
    return machines
        .registry(RegistryEnvelope.newBuilder().setBegan(began))
        .thenCompose(
            answer -> {
              long epoch = Machines.answer(answer, RegistryHead.parser()).getHubEpoch();
              HubStarted started =
                  HubStarted.newBuilder().setRestoredEpoch(restored ? epoch : 0).build();
              List<String> names = new ArrayList<>();
              devices.forEachName(names::add);
              return tellDevices(names, started);
            })
        .thenAccept(
            done -> {
              late.begin();
              parts.link().start(intake);
            });
  }

  private void changed(String device) {
    late.changed(device);
  }

  /** Tells the devices in portions, so that the engine's queue takes them. */
  private CompletionStage<Void> tellDevices(List<String> names, HubStarted started) {
    CompletionStage<Void> told = CompletableFuture.completedFuture(null);
    for (int from = 0; from < names.size(); from += STARTS_AT_ONCE) {
      List<String> portion = names.subList(from, Math.min(names.size(), from + STARTS_AT_ONCE));
      told =
          told.thenCompose(
              before ->
                  CompletableFuture.allOf(
                      portion.stream()
                          .map(name -> tellDevice(name, started))
                          .toArray(CompletableFuture[]::new)));
    }
    return told;
  }

  private CompletableFuture<byte[]> tellDevice(String name, HubStarted started) {
    DeviceEnvelope.Builder event = DeviceEnvelope.newBuilder().setHubStarted(started);
    return machines.device(name, event).toCompletableFuture();
  }

  private void loadRevoked() {
    String after = "";
    List<String> page;
    do {
      String from = after;
      page = machines.readRegistry(rows -> RegistryRows.revoked(rows, from, REVOKED_PAGE));
      page.forEach(parts.revoked()::add);
      after = page.isEmpty() ? "" : page.get(page.size() - 1);
    } while (page.size() == REVOKED_PAGE);
  }

  private CompletionStage<EffectResult> revoked(OwedEffect effect) {
    RevokeSerials revoke = Machines.answer(effect.effect().payload(), RevokeSerials.parser());
    revoke.getSerialsList().forEach(parts.revoked()::add);
    if (revoke.getDevice()) {
      cut(Identity.device(parts.tenant(), revoke.getSubject()));
      cut(Identity.bulk(parts.tenant(), revoke.getSubject()));
    } else {
      cut(Identity.operator(parts.tenant(), revoke.getSubject()));
    }
    return EffectResult.doneStage();
  }

  private CompletionStage<EffectResult> forgotten(OwedEffect effect) {
    RevokeSerials ended = Machines.answer(effect.effect().payload(), RevokeSerials.parser());
    ended.getSerialsList().forEach(parts.revoked()::remove);
    return EffectResult.doneStage();
  }

  /** A connection that cannot be cut now ends with the broker's own: its next one is refused. */
  private void cut(Identity identity) {
    parts
        .link()
        .disconnect(identity)
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                LOG.atWarn()
                    .addKeyValue("client", identity.commonName())
                    .setCause(failure)
                    .log("A revoked connection was not cut");
              }
            });
  }

  /** Returns the devices. */
  public DeviceService devices() {
    return devices;
  }

  /** Returns the jobs. */
  public JobService jobs() {
    return jobs;
  }

  /** Returns what operators decide about jobs that are there. */
  public JobControl jobControl() {
    return jobControl;
  }

  /** Returns tokens, operators, releases and the epoch. */
  public RegistryService registry() {
    return registry;
  }

  /** Returns the saved groups of targets. */
  public GroupService groups() {
    return groups;
  }

  /** Returns the log. */
  public AuditService audit() {
    return audit;
  }

  /** Returns what counts devices and jobs. */
  public Census census() {
    return census;
  }

  /**
   * What the fleet has done since the start.
   *
   * @param accepted messages of devices that were accepted
   * @param refused messages of devices that were refused, by code
   * @param published commands that the broker took
   * @param unpublished commands that it did not take
   * @param signatures made for them
   */
  public record Statistics(
      long accepted,
      Map<ErrorCode, Long> refused,
      long published,
      long unpublished,
      long signatures) {
    /** Copies the map. */
    public Statistics {
      refused = Map.copyOf(refused);
    }
  }

  /** Returns what was done since the start. */
  public Statistics statistics() {
    CommandPublisher.Statistics sent = publisher.statistics();
    return new Statistics(
        intake.accepted(), intake.refused(), sent.published(), sent.failed(), sent.signatures());
  }
}
