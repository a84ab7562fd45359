package dev.drover.hub.link;

import com.codahale.metrics.MetricRegistry;
import com.hivemq.HiveMQServer;
import com.hivemq.configuration.ConfigurationBootstrap;
import com.hivemq.configuration.HivemqId;
import com.hivemq.configuration.info.SystemInformationImpl;
import com.hivemq.configuration.service.InternalConfigurations;
import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.persistence.connection.ConnectionPersistence;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * HiveMQ in this process, as its own embedded builder starts it, but with its connections at hand.
 * Not thread-safe.
 */
final class HiveServer {
  private static final int SHUTDOWN_GRACE_MS = 50;

  private final HiveMQServer server;

  /** Makes a server from the configuration in a directory; it does not listen yet. */
  HiveServer(Path directory) throws Exception {
    InternalConfigurations.JMX_REPORTER_ENABLED.set(false);
    // Nothing is written, so nothing needs time to be written.
    InternalConfigurations.PERSISTENCE_SHUTDOWN_GRACE_PERIOD_MSEC.set(SHUTDOWN_GRACE_MS);
    SystemInformationImpl system =
        new SystemInformationImpl(
            true,
            true,
            directory.resolve("conf").toFile(),
            directory.resolve("data").toFile(),
            directory.resolve("extensions").toFile());
    system.init();
    this.server =
        new HiveMQServer(
            system,
            new MetricRegistry(),
            ConfigurationBootstrap.bootstrapConfig(system),
            false,
            false);
    server.bootstrap();
  }

  /** Listens; returns when it does. */
  void start(Function<HiveDelivery, EmbeddedExtension> extension) throws Exception {
    HiveDelivery delivery =
        new HiveDelivery(
            server.getInjector().getInstance(ConnectionPersistence.class),
            server.getInjector().getInstance(HivemqId.class).get());
    server.startInstance(extension.apply(delivery));
  }

  void stop() {
    server.stop();
  }
}
