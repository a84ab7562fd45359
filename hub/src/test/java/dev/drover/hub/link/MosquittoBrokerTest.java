package dev.drover.hub.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.drover.crypto.TlsMaterial;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.Identity;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real Mosquitto, which the hub configures and does not run. */
final class MosquittoBrokerTest extends BrokerContract {
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

  /** Until it has reloaded it lets the device in, and the hub takes its place again. */
  @Override
  void assertRevocation(String device, TlsMaterial material) throws Exception {
    TestClient back = control(device, material);
    await().until(back::lost);
    fixture.hangUp();
    await().until(() -> !accepted(() -> control(device, material)));
  }

  /**
   * Should the hub not be there: the certificate opens no new connection, and the old one is mute.
   */
  @Test
  void reload_takesAllRightsFromAConnectionThatLives() throws Exception {
    String device = device("lamp");
    TlsMaterial material = fixture.fleet().device(device);
    TestClient live = control(device, material);
    live.subscribe(topics.cmd(device));
    fixture.refuse(Identity.device(TestFleet.TENANT, device), material);
    fixture.hangUp();
    String probe = device("probe");
    TestClient witness = control(probe);
    AtomicInteger round = new AtomicInteger();
    await()
        .until(
            () -> {
              hub.clear();
              String mark = probe + " evt " + round.incrementAndGet();
              tryPublish(live, evt(device), false);
              witness.publish(evt(probe), Integer.toString(round.get()), false);
              await().until(() -> hub.messages().contains(mark));
              return hub.messages().equals(List.of(mark));
            });
    hubPublishes(topics.cmd(device), "secret", false);
    assertEquals(List.of(), live.texts());
    assertThrows(Exception.class, () -> control(device, material));
  }
}
