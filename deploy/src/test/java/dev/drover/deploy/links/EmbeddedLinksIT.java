package dev.drover.deploy.links;

import dev.drover.hub.link.BrokerFixture;
import dev.drover.hub.link.EmbeddedFixture;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The agent's links on the embedded broker. */
final class EmbeddedLinksIT extends LinksContract {
  @TempDir static Path directory;
  private EmbeddedFixture fixture;

  @BeforeAll
  void startBroker() throws Exception {
    fixture = new EmbeddedFixture(directory, hub);
  }

  @AfterAll
  void stopBroker() {
    fixture.close();
  }

  @Override
  BrokerFixture broker() {
    return fixture;
  }
}
