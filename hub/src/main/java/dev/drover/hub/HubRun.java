package dev.drover.hub;

import dev.drover.config.Config;
import dev.drover.hub.config.HubConfig;
import dev.drover.term.Terminal;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a hub in this process until it is asked to end. */
public final class HubRun {
  private static final Logger LOG = LoggerFactory.getLogger(HubRun.class);

  private HubRun() {}

  /** Starts, waits for SIGTERM or SIGINT, and closes. */
  public static void run(HubConfig config, Terminal terminal) {
    Config.effective(config).forEach(line -> LOG.atInfo().addKeyValue("set", line).log("Setting"));
    HubAssembly hub = HubAssembly.start(config);
    Path operator = HubAssembly.firstOperatorFile(config.dataDir());
    terminal.out().println("The hub is ready on port " + hub.apiPort() + ".");
    terminal.out().println("  operator credentials  " + operator);
    terminal.out().println("  export DROVER_OPERATOR=" + operator);
    terminal.out().flush();
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  hub.close();
                  stopped.countDown();
                },
                "hub-stop"));
    try {
      stopped.await();
    } catch (InterruptedException asked) {
      Thread.currentThread().interrupt();
    }
  }
}
