package dev.drover.hub;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.status.Status;
import ch.qos.logback.core.status.StatusUtil;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Where a hub's log goes: rotating files, and warnings also to standard error. */
final class HubLogs {
  private static final String CONFIGURATION = "/logback-hub.xml";

  private HubLogs() {}

  /**
   * Sets the log up, whatever was set up before: the class path holds configurations of other parts
   * too, and loggers may have been made already.
   *
   * @param directory is made if it is not there
   * @throws DroverException {@link ErrorCode#STORE_FAILED} if no log can be written there
   */
  static void open(Path directory) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    URL configuration = Objects.requireNonNull(HubLogs.class.getResource(CONFIGURATION));
    context.reset();
    context.getStatusManager().clear();
    context.putProperty("drover.log.dir", directory.toString());
    JoranConfigurator configurator = new JoranConfigurator();
    configurator.setContext(context);
    try {
      configurator.doConfigure(configuration);
    } catch (JoranException broken) {
      throw new DroverException(ErrorCode.INTERNAL, "The log cannot be set up.", broken);
    }
    if (new StatusUtil(context).getHighestLevel(0) >= Status.ERROR) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "The log cannot be written in " + directory + ".");
    }
    // gRPC writes to the log of the JDK.
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }
}
