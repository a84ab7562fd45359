package dev.drover.agent;

import dev.drover.agent.config.AgentConfig;
import dev.drover.agent.config.OwnSettings;
import dev.drover.agent.core.ProcessControl;
import dev.drover.config.Config;
import dev.drover.term.Failures;
import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs an agent in this process until it is asked to end or to start again. */
public final class AgentRun {
  private static final int STOPPED = 0;
  private static final long CLOSE_SECONDS = 20;

  private static volatile boolean mustHalt;

  private AgentRun() {}

  /** Returns whether the agent that ran left a thread that only a halt can end. */
  static boolean mustHalt() {
    return mustHalt;
  }

  /**
   * Starts an agent, waits, and closes it.
   *
   * @return the exit code of the process: 0 when it was asked to end, {@link
   *     ProcessControl#RESTART_EXIT_CODE} when it is to be started again, {@link
   *     Failures#STORE_EXIT_CODE} when its store failed, also at the start for want of space
   */
  public static int run(OwnSettings own, Terminal terminal) {
    try {
      return runUntilAsked(own, terminal);
    } catch (DroverException failed) {
      return Failures.startFailed(failed, terminal);
    }
  }

  private static int runUntilAsked(OwnSettings own, Terminal terminal) {
    AgentConfig config = own.atStart();
    AgentFiles.prepare(config.dataDir());
    AgentFiles.prepareLog(config.inData(config.logDir()));
    // Before the first logger is made.
    System.setProperty(AgentLogs.DIRECTORY, config.inData(config.logDir()).toString());
    Logger log = LoggerFactory.getLogger(AgentRun.class);
    Config.effective(config).forEach(line -> log.atInfo().addKeyValue("set", line).log("Setting"));
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    AtomicInteger code = new AtomicInteger(STOPPED);
    ProcessControl process = new Control(log, code, asked, terminal);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(asked, closed), "agent-stop"));
    try {
      AgentAssembly agent = AgentAssembly.start(own, process);
      log.atInfo().log("The agent is ready");
      terminal.out().println("The agent is ready.");
      terminal.out().flush();
      asked.await();
      agent.close();
      mustHalt = agent.mustHalt();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      closed.countDown();
    }
    return code.get();
  }

  /** On SIGTERM: asks the main thread to close, and gives it some seconds. */
  private static void stop(CountDownLatch asked, CountDownLatch closed) {
    asked.countDown();
    try {
      var unused = closed.await(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Lets the waiting main thread end the process with a code; a failed store outweighs the rest.
   */
  private record Control(Logger log, AtomicInteger code, CountDownLatch asked, Terminal terminal)
      implements ProcessControl {
    @Override
    public void restart(String reason) {
      log.atWarn().addKeyValue("reason", reason).log("Restart");
      var unused = code.compareAndSet(STOPPED, RESTART_EXIT_CODE);
      asked.countDown();
    }

    @Override
    public void storeFailed(ErrorCode why) {
      terminal.fail(
          new DroverException(why, "The agent's store failed; the agent ends and starts again."));
      code.set(Failures.STORE_EXIT_CODE);
      asked.countDown();
    }
  }
}
