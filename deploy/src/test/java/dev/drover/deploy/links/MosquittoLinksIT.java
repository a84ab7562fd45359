package dev.drover.deploy.links;

import dev.drover.hub.link.BrokerFixture;
import dev.drover.hub.link.MosquittoFixture;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The agent's links on a real Mosquitto. */
final class MosquittoLinksIT extends LinksContract {
  @TempDir static Path directory;
  private MosquittoFixture fixture;

  @BeforeAll
  void startBroker() throws Exception {
    fixture = new MosquittoFixture(directory, hub);
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
