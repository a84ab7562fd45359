package dev.drover.deploy.sim;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.config.DesiredSettings;
import dev.drover.agent.core.Machines;
import dev.drover.config.Config;
import dev.drover.machine.EffectHandler;
import dev.drover.machine.EffectResult;
import dev.drover.machine.OwedEffect;
import dev.drover.v1.ConfigCommand;
import dev.drover.v1.ConfigReport;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Keeps what the hub desires of a simulated device's configuration, in a file of the device. */
final class SimDesired implements EffectHandler {
  private static final String FILE = "desired";

  private final SimFiles files;
  private final AgentConfig inForce;
  private Runnable changed = () -> {};

  SimDesired(SimFiles files) {
    this.files = files;
    this.inForce = under(kept());
  }

  private ConfigCommand kept() {
    try {
      return ConfigCommand.parseFrom(files.get(FILE).orElse(new byte[0]));
    } catch (InvalidProtocolBufferException damaged) {
      return ConfigCommand.getDefaultInstance();
    }
  }

  private static AgentConfig under(ConfigCommand desired) {
    return Config.read(AgentConfig.class, DesiredSettings.under(Map.of("data-dir", "/"), desired));
  }

  /** Sets whom to tell when something else is desired. */
  void changedBy(Runnable listener) {
    changed = listener;
  }

  ConfigReport report() {
    ConfigCommand kept = kept();
    return kept.getVersion() == 0
        ? ConfigReport.getDefaultInstance()
        : DesiredSettings.report(kept, inForce, under(kept));
  }

  @Override
  public CompletionStage<EffectResult> perform(OwedEffect effect) {
    ConfigCommand desired = Machines.parse(ConfigCommand.parser(), effect.effect().payload());
    files.put(FILE, desired.toByteArray());
    changed.run();
    return EffectResult.doneStage();
  }
}
