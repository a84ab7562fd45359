package dev.drover.agent.exchange;

import dev.drover.agent.core.ControlLink;
import dev.drover.agent.core.HealthSource;
import dev.drover.v1.ConfigReport;
import dev.drover.v1.CpuArch;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.Heartbeat;
import dev.drover.v1.Hello;
import dev.drover.v1.InstalledRelease;
import dev.drover.v1.RuntimeLimits;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the device says by itself: hello and everything without a receipt after each connect, health
 * now and then. Listens to the control link.
 */
public final class HubSession implements ControlLink.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(HubSession.class);

  private final ControlLink link;
  private final EventPublisher publisher;
  private final CommandIntake intake;
  private final TimeExchange time;
  private final HealthSource health;
  private final Self self;
  private volatile int toldBusy;

  /**
   * What a hello says beside health.
   *
   * @param version of the agent, {@code major.minor.patch} and possibly more
   * @param starts of the agent since the store was made
   * @param tools that the hub may call, as numbers of the vocabulary
   * @param installed what the process follows
   * @param config what it makes of the configuration that the hub desires
   * @param limits what the model runtime may use
   */
  public record Self(
      String version,
      long starts,
      List<Integer> tools,
      Supplier<InstalledRelease> installed,
      Supplier<ConfigReport> config,
      Supplier<RuntimeLimits> limits) {
    /** Copies the list. */
    public Self {
      tools = List.copyOf(tools);
    }
  }

  /** Makes a session; the link is started with it as the listener. */
  public HubSession(
      ControlLink link,
      EventPublisher publisher,
      CommandIntake intake,
      TimeExchange time,
      HealthSource health,
      Self self) {
    this.link = link;
    this.publisher = publisher;
    this.intake = intake;
    this.time = time;
    this.health = health;
    this.self = self;
  }

  @Override
  public void onCommand(byte[] payload) {
    if (intake.take(payload)) {
      time.askInDoubt().ifPresent(publisher::askTime);
    }
    if (publisher.owesHello()) {
      publisher.hello(this::hello);
    }
    publisher.wake();
  }

  @Override
  public void onConnected(boolean connected) {
    LOG.atInfo().addKeyValue("up", connected).log("Control link");
    if (connected) {
      publisher.connected(this::hello);
    }
  }

  @Override
  public byte[] onClockDoubted() {
    return publisher.timeRequest(time.ask());
  }

  @Override
  public boolean onTime(byte[] payload) {
    return intake.takeTime(payload);
  }

  /** Asks the hub for the time where the link is up, unless it was asked not long ago. */
  public void wantTime() {
    if (link.connected()) {
      time.askInDoubt().ifPresent(publisher::askTime);
    }
  }

  /** Sends what has no receipt again, and Hello where the hub did not answer. */
  public void resend() {
    if (link.connected()) {
      publisher.resend(this::hello);
    }
  }

  /** Sends health, where the link is up. */
  public void heartbeat() {
    if (link.connected()) {
      Heartbeat.Builder heartbeat = Heartbeat.newBuilder().setHealth(sample());
      ConfigReport config = self.config().get();
      if (config.getVersion() > 0) {
        heartbeat.setConfig(config);
      }
      publisher.heartbeat(heartbeat.build());
    }
  }

  /** Sends health if the hub was told another number of executions than there are. */
  public void correctBusy() {
    if (link.connected() && health.sample().getBusy() != toldBusy) {
      heartbeat();
    }
  }

  private DeviceHealth sample() {
    DeviceHealth now = health.sample();
    toldBusy = now.getBusy();
    return now;
  }

  /** Tells the hub anew what the process follows, after that has changed. */
  public void introduce() {
    if (link.connected()) {
      publisher.hello(this::hello);
    }
  }

  private Hello hello() {
    return Hello.newBuilder()
        .setAgentMajor(part(0))
        .setAgentMinor(part(1))
        .setAgentPatch(part(2))
        .setArch(arch())
        .setStarts(self.starts())
        .addAllTools(self.tools())
        .setHealth(sample())
        .setInstalled(self.installed().get())
        .setConfig(self.config().get())
        .setLimits(self.limits().get())
        .build();
  }

  private int part(int index) {
    String[] parts = self.version().split("[.-]", -1);
    return index < parts.length && parts[index].matches("[0-9]{1,4}")
        ? Integer.parseInt(parts[index])
        : 0;
  }

  private static CpuArch arch() {
    return switch (System.getProperty("os.arch", "")) {
      case "amd64", "x86_64" -> CpuArch.X86_64;
      case "aarch64" -> CpuArch.AARCH64;
      default -> CpuArch.CPU_ARCH_UNSPECIFIED;
    };
  }
}
