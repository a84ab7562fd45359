package dev.drover.agent;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.FileSize;
import java.util.List;

/**
 * Where an agent's log goes: rotating files, and warnings also to standard error. Set up here and
 * not by a file, because reading one takes 250 classes that nothing else of an agent needs.
 *
 * <p>Logback finds it on the class path, in processes that run no agent, too; there it leaves the
 * word to the others.
 */
public final class AgentLogs extends ContextAwareBase implements Configurator {
  /** The system property that names the directory, set before the first logger is made. */
  static final String DIRECTORY = "drover.agent.log.dir";

  private static final String FILE_PATTERN =
      "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\",UTC} %-5level %logger{0} - %msg %kvp%n%ex{20}";
  private static final String CONSOLE_PATTERN = "%d{\"HH:mm:ss'Z'\",UTC} %-5level %msg %kvp%n";
  private static final FileSize FILE_BYTES = FileSize.valueOf("10MB");
  private static final FileSize ALL_BYTES = FileSize.valueOf("50MB");
  private static final int DAYS = 14;
  private static final List<String> NOISY =
      List.of("io.netty", "io.grpc", "com.hivemq", "org.eclipse.paho");

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    String directory = System.getProperty(DIRECTORY);
    if (directory == null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(file(context, directory));
    root.addAppender(console(context));
    NOISY.forEach(name -> context.getLogger(name).setLevel(Level.WARN));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static RollingFileAppender<ILoggingEvent> file(LoggerContext context, String directory) {
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setContext(context);
    appender.setName("FILE");
    appender.setFile(directory + "/agent.log");
    appender.setEncoder(encoder(context, FILE_PATTERN));
    SizeAndTimeBasedRollingPolicy<ILoggingEvent> policy = new SizeAndTimeBasedRollingPolicy<>();
    policy.setContext(context);
    policy.setParent(appender);
    policy.setFileNamePattern(directory + "/agent.%d{yyyy-MM-dd,UTC}.%i.log.gz");
    policy.setMaxFileSize(FILE_BYTES);
    policy.setMaxHistory(DAYS);
    policy.setTotalSizeCap(ALL_BYTES);
    policy.start();
    appender.setRollingPolicy(policy);
    appender.start();
    return appender;
  }

  private static ConsoleAppender<ILoggingEvent> console(LoggerContext context) {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName("STDERR");
    appender.setTarget("System.err");
    ThresholdFilter warnings = new ThresholdFilter();
    warnings.setLevel("WARN");
    warnings.start();
    appender.addFilter(warnings);
    appender.setEncoder(encoder(context, CONSOLE_PATTERN));
    appender.start();
    return appender;
  }

  private static PatternLayoutEncoder encoder(LoggerContext context, String pattern) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    encoder.start();
    return encoder;
  }
}
