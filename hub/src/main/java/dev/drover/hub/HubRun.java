package dev.drover.hub;

import dev.drover.config.Config;
import dev.drover.hub.config.HubConfig;
import dev.drover.term.Failures;
import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a hub in this process until it is asked to end or its store fails. */
public final class HubRun {
  private static final int STOPPED = 0;
  private static final int USUAL_PORT = 8443;
  private static final long CLOSE_SECONDS = 30;

  private HubRun() {}

  /**
   * Starts a hub, waits for SIGTERM, SIGINT or a failed store, and closes it.
   *
   * @return the exit code of the process: 0 when it was asked to end, {@link
   *     Failures#STORE_EXIT_CODE} when its store failed, also at the start for want of space
   */
  public static int run(HubConfig config, Terminal terminal) {
    try {
      return runUntilAsked(config, terminal);
    } catch (DroverException failed) {
      return Failures.startFailed(failed, terminal);
    }
  }

  private static int runUntilAsked(HubConfig config, Terminal terminal) {
    HubLogs.open(config.inData(config.logDir()));
    Logger log = LoggerFactory.getLogger(HubRun.class);
    Config.effective(config).forEach(line -> log.atInfo().addKeyValue("set", line).log("Setting"));
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    AtomicReference<@Nullable ErrorCode> failure = new AtomicReference<>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(asked, closed), "hub-stop"));
    Path keys = HubAssembly.keysDirectory(config.dataDir());
    try {
      if (!HubClock.await(HubAssembly.clock(), keys, asked, terminal)) {
        return STOPPED;
      }
      HubAssembly hub =
          HubAssembly.start(
              config,
              code -> {
                failure.set(code);
                asked.countDown();
              });
      ready(hub, config, terminal);
      asked.await();
      close(hub);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      closed.countDown();
    }
    ErrorCode code = failure.get();
    if (code == null) {
      return STOPPED;
    }
    terminal.fail(
        new DroverException(code, "The hub's store failed; the hub ended and can start again."));
    return Failures.STORE_EXIT_CODE;
  }

  private static void ready(HubAssembly hub, HubConfig config, Terminal terminal) {
    Path operator = HubAssembly.firstOperatorFile(config.dataDir());
    terminal.out().println("The hub is ready on port " + hub.apiPort() + ".");
    terminal.out().println("  operator credentials  " + operator);
    terminal.out().println("  export DROVER_OPERATOR=" + operator);
    if (hub.apiPort() != USUAL_PORT) {
      HostPort address = new HostPort(config.addresses().get(0), hub.apiPort());
      terminal.out().println("  export DROVER_HUB=" + address);
    }
    terminal.out().flush();
  }

  /** Closes within a deadline: what is durable is safe either way, and a broken disk may hang. */
  private static void close(HubAssembly hub) throws InterruptedException {
    Thread closing = new Thread(hub::close, "hub-close");
    closing.setDaemon(true);
    closing.start();
    closing.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
  }

  /** On SIGTERM: asks the main thread to close, and waits until it has. */
  private static void stop(CountDownLatch asked, CountDownLatch closed) {
    asked.countDown();
    try {
      var unused = closed.await(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
