package dev.drover.agent.release;

import com.google.protobuf.ByteString;
import dev.drover.agent.audit.AuditTrail;
import dev.drover.agent.core.CandidateTrial;
import dev.drover.agent.core.InstallMachine;
import dev.drover.agent.core.InstallState;
import dev.drover.agent.core.Machines;
import dev.drover.agent.core.ProcessControl;
import dev.drover.agent.core.model.EmbeddingPooling;
import dev.drover.agent.core.model.LoadedModel;
import dev.drover.agent.core.model.ModelRuntime;
import dev.drover.agent.core.model.ModelSpec;
import dev.drover.agent.exchange.Waiting;
import dev.drover.agent.v1.InstallBroken;
import dev.drover.agent.v1.InstallEvent;
import dev.drover.agent.v1.InstallRow;
import dev.drover.agent.v1.InstallStart;
import dev.drover.agent.v1.InstallVerdict;
import dev.drover.agent.v1.SlotDecision;
import dev.drover.agent.v1.SlotRef;
import dev.drover.agent.v1.SlotsRow;
import dev.drover.crypto.Hashes;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.Engine;
import dev.drover.machine.RowReader;
import dev.drover.release.ReleaseManifest;
import dev.drover.v1.ExecutionMeasures;
import dev.drover.v1.InstalledRelease;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides at the start of a process which slot it loads, loads its model, and gives the verdict of
 * a trial.
 *
 * <p>{@link #decide} counts a trial's start durably, so it comes before anything that a bad model
 * could bring down. {@link #load} may take minutes and runs beside everything else.
 */
public final class SlotLoader {
  private static final Logger LOG = LoggerFactory.getLogger(SlotLoader.class);

  private final Engine engine;
  private final SlotStore store;
  private final ModelRuntime runtime;
  private final CandidateTrial trial;
  private final AuditTrail audit;
  private final ProcessControl process;
  private final Settings settings;
  private final AtomicBoolean decided = new AtomicBoolean();
  private final AtomicBoolean judged = new AtomicBoolean();
  private final AtomicReference<@Nullable Loaded> loaded = new AtomicReference<>();
  private final AtomicReference<@Nullable DroverException> failure = new AtomicReference<>();
  private volatile boolean answered;
  private volatile boolean trialEnded;
  private SlotDecision decision = SlotDecision.getDefaultInstance();

  /**
   * How models are loaded.
   *
   * @param modelFile used while no release brings a model; empty for none
   * @param contextTokens where no release says otherwise
   * @param threads for inference, 0 for one per physical core
   */
  public record Settings(Optional<Path> modelFile, int contextTokens, int threads) {}

  /**
   * What this process follows.
   *
   * @param installed as reported to the hub
   * @param file the model's file
   * @param name what people call it
   */
  public record Loaded(InstalledRelease installed, Optional<Path> file, String name) {}

  /** Makes a loader; nothing is decided yet. */
  public SlotLoader(
      Engine engine,
      SlotStore store,
      ModelRuntime runtime,
      CandidateTrial trial,
      AuditTrail audit,
      ProcessControl process,
      Settings settings) {
    this.engine = engine;
    this.store = store;
    this.runtime = runtime;
    this.trial = trial;
    this.audit = audit;
    this.process = process;
    this.settings = settings;
  }

  /** Returns what this process has loaded, empty until it has. */
  public Optional<Loaded> loaded() {
    return Optional.ofNullable(loaded.get());
  }

  /** Returns why the load failed, empty until it has. */
  public Optional<DroverException> failure() {
    return Optional.ofNullable(failure.get());
  }

  /** Returns what the hub is told: what is loaded, or else what the process is about to load. */
  public InstalledRelease installed() {
    Loaded now = loaded.get();
    if (now != null) {
      return now.installed();
    }
    SlotRef slot = decision.getSlot();
    return decision.getTrial()
        ? InstalledRelease.getDefaultInstance()
        : InstalledRelease.newBuilder()
            .setManifestSha256(slot.getManifestSha256())
            .setReleaseCounter(slot.getReleaseCounter())
            .build();
  }

  /**
   * Returns the handler of {@link Machines#EFFECT_RESTART}. An order from before this process has
   * been followed by its start already.
   */
  public EffectHandler restarter() {
    return effect -> {
      if (decided.get()) {
        process.restart("Another slot is to be loaded");
      }
      return EffectResult.doneStage();
    };
  }

  /** Returns the handler of {@link Machines#EFFECT_COLLECT}. */
  public EffectHandler collector() {
    return effect -> {
      collect();
      return EffectResult.doneStage();
    };
  }

  /**
   * Decides which slot this process loads; durable on return. A committed slot whose files are
   * damaged is left for the one before it.
   */
  public void decide() {
    byte[] key = audit.newKey();
    InstallStart start = InstallStart.newBuilder().setAuditKey(ByteString.copyFrom(key)).build();
    decision = submit(InstallEvent.newBuilder().setStart(start).build());
    decided.set(true);
    while (decision.hasSlot() && !decision.getTrial()) {
      try {
        store.verify(sha(decision.getSlot()));
        break;
      } catch (DroverException damaged) {
        if (damaged.code() != ErrorCode.MODEL_CORRUPT) {
          throw damaged;
        }
        LOG.atError().addKeyValue("reason", damaged.getMessage()).log("The slot is damaged");
        InstallBroken broken =
            InstallBroken.newBuilder()
                .setManifestSha256(decision.getSlot().getManifestSha256())
                .setError(damaged.code().number())
                .setAuditKey(ByteString.copyFrom(audit.newKey()))
                .build();
        decision = submit(InstallEvent.newBuilder().setBroken(broken).build());
      }
    }
    if (isStaged()) {
      // Staged since this start was counted: the order to restart may have come before it could
      // be told from that of the process before.
      process.restart("Another slot is to be loaded");
    }
    collect();
  }

  private boolean isStaged() {
    return engine.read(
        Machines.INSTALL,
        Machines.INSTALL,
        rows ->
            Machines.row(
                    rows, InstallMachine.ROW, InstallRow.parser(), InstallRow.getDefaultInstance())
                .getState()
                .equals(InstallState.STAGED.name()));
  }

  /** Loads what was decided, and in a trial gives the verdict. Failures are logged. */
  public void load() {
    try {
      if (decision.getTrial()) {
        store.verify(sha(decision.getSlot()));
      }
      loaded.set(loadDecided());
      if (decision.getTrial()) {
        trial.selfCheck();
        answered = true;
        passed(trial.measure(manifest(decision.getSlot())));
      }
    } catch (DroverException failed) {
      LOG.atError()
          .addKeyValue("code", failed.code())
          .addKeyValue("reason", failed.getMessage())
          .log("The model was not loaded");
      notLoaded(failed);
    } catch (RuntimeException defect) {
      LOG.atError().setCause(defect).log("The model was not loaded");
      notLoaded(new DroverException(ErrorCode.INTERNAL, "The model was not loaded.", defect));
    }
  }

  /** A trial that nobody judges would keep every other release away. */
  private void notLoaded(DroverException failed) {
    failure.set(failed);
    if (decision.getTrial()) {
      loaded.set(null);
      refused(failed.code());
    }
  }

  /**
   * Gives up a trial that did not come up in time. One whose model has answered goes on: what is
   * measured then has bounds of its own.
   */
  public void timedOut() {
    if (decision.getTrial() && !answered) {
      refused(ErrorCode.RUNTIME_STUCK);
    }
  }

  /** Returns whether this process tries a release, and has no verdict yet. */
  public boolean onTrial() {
    return decision.getTrial() && !trialEnded;
  }

  private Loaded loadDecided() {
    InstalledRelease.Builder installed = InstalledRelease.newBuilder();
    String name = "";
    Optional<Path> file = Optional.empty();
    int contextTokens = settings.contextTokens();
    if (decision.hasSlot()) {
      SlotRef slot = decision.getSlot();
      ReleaseManifest manifest = manifest(slot);
      installed
          .setManifestSha256(slot.getManifestSha256())
          .setReleaseCounter(slot.getReleaseCounter());
      name = manifest.label();
      if (manifest.model().isPresent()) {
        file = manifest.model().map(model -> store.file(model.sha256()));
        installed.setModelSha256(slot.getModelSha256());
        contextTokens = manifest.contextTokens();
      }
    }
    if (file.isEmpty() && settings.modelFile().isPresent()) {
      Path own = settings.modelFile().get();
      file = Optional.of(own);
      installed.setModelSha256(ByteString.copyFrom(Hashes.unhex(ContentStore.digest(own))));
      name = name.isEmpty() ? String.valueOf(own.getFileName()) : name;
    }
    if (file.isPresent()) {
      LoadedModel model =
          runtime.load(
              new ModelSpec(file.get(), contextTokens, settings.threads(), EmbeddingPooling.NONE));
      LOG.atInfo()
          .addKeyValue("model", Hashes.hex(installed.getModelSha256().toByteArray()))
          .addKeyValue("architecture", model.architecture())
          .addKeyValue("loadMs", model.loadTime().toMillis())
          .log("Model loaded");
    }
    return new Loaded(installed.build(), file.map(SlotLoader::real), name);
  }

  private static Path real(Path file) {
    return Files.exists(file) ? file.toAbsolutePath() : file;
  }

  private ReleaseManifest manifest(SlotRef slot) {
    return ReleaseManifest.parse(
        store
            .manifest(sha(slot))
            .orElseThrow(
                () ->
                    new DroverException(
                        ErrorCode.MODEL_CORRUPT, "The slot's manifest was changed or is gone.")));
  }

  private void passed(ExecutionMeasures measures) {
    verdict(InstallVerdict.newBuilder().setMeasures(measures), "COMMITTED");
  }

  private void refused(ErrorCode error) {
    verdict(InstallVerdict.newBuilder().setError(error.number()), error.name());
  }

  private void verdict(InstallVerdict.Builder verdict, String inWords) {
    if (!judged.compareAndSet(false, true)) {
      return;
    }
    verdict
        .setManifestSha256(decision.getSlot().getManifestSha256())
        .setAuditKey(ByteString.copyFrom(audit.newKey()));
    Waiting.join(
        engine.submit(
            Machines.INSTALL,
            Machines.INSTALL,
            InstallEvent.newBuilder().setVerdict(verdict).build().toByteArray()));
    trialEnded = true;
    LOG.atInfo()
        .addKeyValue("release", sha(decision.getSlot()))
        .addKeyValue("verdict", inWords)
        .log("Trial ended");
  }

  private SlotDecision submit(InstallEvent event) {
    byte[] reply =
        Waiting.join(
            engine
                .submit(Machines.INSTALL, Machines.INSTALL, event.toByteArray())
                .thenApply(answer -> answer.orThrow()));
    return Machines.parse(SlotDecision.parser(), reply);
  }

  private void collect() {
    store.collect(engine.read(Machines.INSTALL, Machines.INSTALL, SlotLoader::needed));
  }

  private static Set<String> needed(RowReader rows) {
    SlotsRow slots =
        Machines.row(rows, InstallMachine.SLOTS, SlotsRow.parser(), SlotsRow.getDefaultInstance());
    InstallRow row =
        Machines.row(
            rows, InstallMachine.ROW, InstallRow.parser(), InstallRow.getDefaultInstance());
    Set<String> needed = new HashSet<>();
    needed.add(sha(slots.getCommitted()));
    needed.add(sha(slots.getPrevious()));
    boolean underWay = !row.getState().isEmpty() && !InstallState.valueOf(row.getState()).resting();
    if (underWay) {
      needed.add(sha(row.getCandidate()));
    }
    needed.remove("");
    return needed;
  }

  private static String sha(SlotRef slot) {
    return Hashes.hex(slot.getManifestSha256().toByteArray());
  }
}
