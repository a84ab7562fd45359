package dev.drover.agent.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Certificates;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a device renews its certificates, and that a failure leaves it those that it has. */
class CertificateRenewalTest {
  @TempDir private Path directory;
  private final AtomicReference<Instant> clock = new AtomicReference<>(Instant.EPOCH);
  private FakeHub hub;
  private IdentityStore store;
  private DeviceIdentity first;
  private CertificateRenewal renewal;
  private Duration due;

  @BeforeEach
  void enrol() throws IOException {
    hub = new FakeHub();
    clock.set(hub.now);
    Enrolment enrolment =
        new Enrolment(new HubCalls(clock::get, ""), hub.random, clock::get, ms -> {});
    String pin = Certificates.fingerprint(hub.authority.certificate());
    first = enrolment.enrol(hub.token(pin, ""), Optional.empty(), 7).identity();
    store = new IdentityStore(directory.resolve("identity"));
    store.save(first);
    due = Duration.between(hub.now, Certificates.renewAt(first.control().certificate()));
    renewal = new CertificateRenewal(first, store, enrolment, clock::get);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private void pass(Duration time) {
    hub.now = hub.now.plus(time);
    clock.set(hub.now);
  }

  private void assertFirst() {
    assertEquals(first.control(), renewal.get().control());
    assertEquals(first.control(), store.load().orElseThrow().control());
  }

  @Test
  void certificates_areRenewedAtTwoThirdsOfTheirLife_andNotBefore() {
    pass(due.minusSeconds(1));
    assertFalse(renewal.check(false));
    assertEquals(0, hub.asked.get());
    assertFirst();

    pass(Duration.ofSeconds(1));
    assertTrue(renewal.check(false));
    assertNotEquals(first.control().certificate(), renewal.get().control().certificate());
    assertNotEquals(first.bulk().certificate(), renewal.get().bulk().certificate());
    assertEquals(renewal.get().control(), store.load().orElseThrow().control());
    assertFalse(renewal.check(false));
    assertEquals(1, hub.asked.get());
  }

  @Test
  void deviceThatSleptPastTheEnd_renewsWithWhatItHas() {
    pass(FakeHub.LIFE.plusDays(40));
    assertTrue(renewal.check(false));
    assertTrue(renewal.get().control().certificate().getNotAfter().toInstant().isAfter(hub.now));
  }

  @Test
  void hubThatIsAway_isAskedAgainAtEachCheck_andTheCertificatesStay() {
    hub.close();
    pass(due);
    assertFalse(renewal.check(false));
    assertFalse(renewal.check(false));
    assertFirst();
  }

  /** A clock that is behind sees no reason, and this hub's time is never taken over. */
  @Test
  void brokerThatRefuses_isAReasonToAsk_lessAndLessOften() {
    clock.set(Instant.EPOCH);
    List<Integer> asked = new ArrayList<>();
    for (int check = 1; check <= 128; check++) {
      int before = hub.asked.get();
      assertFalse(renewal.check(true));
      if (hub.asked.get() > before) {
        asked.add(check);
      }
    }
    assertEquals(List.of(1, 2, 4, 8, 16, 32, 64, 128), asked);
    assertFirst();

    assertFalse(renewal.check(false));
    int before = hub.asked.get();
    assertFalse(renewal.check(true));
    assertTrue(hub.asked.get() > before, "refused anew");
  }
}
