package dev.drover.agent.identity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.Certificates;
import dev.drover.crypto.Hashes;
import dev.drover.testkit.ConnectProxy;
import dev.drover.wire.DroverException;
import dev.drover.wire.EnrolmentToken;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnrolmentTest {
  @TempDir Path directory;

  private FakeHub hub;
  private Enrolment enrolment;
  private String pin;

  @BeforeEach
  void start() throws IOException {
    hub = new FakeHub();
    pin = Certificates.fingerprint(hub.authority.certificate());
    enrolment = new Enrolment(new HubCalls(() -> hub.now, ""), hub.random, () -> hub.now, ms -> {});
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void enrolment_savedAndLoaded_isTheSameAndPrivate() throws IOException {
    Enrolment.Enrolled enrolled = enrolment.enrol(hub.token(pin, rootHash()), Optional.empty(), 7);
    IdentityStore store = new IdentityStore(directory.resolve("identity"));
    assertTrue(store.load().isEmpty());
    store.save(enrolled.identity());
    DeviceIdentity loaded = store.load().orElseThrow();
    assertEquals("dev-1", loaded.device());
    assertEquals(7, loaded.incarnation());
    assertEquals(enrolled.identity().control(), loaded.control());
    assertEquals(enrolled.identity().bulk().certificate(), loaded.bulk().certificate());
    assertArrayEquals(enrolled.identity().auditSeed(), loaded.auditSeed());
    assertEquals(List.of("mqtts://127.0.0.1:8883"), loaded.brokers());
    assertArrayEquals(FakeHub.ROOT, enrolled.releaseRoot());
    try (Stream<Path> files = Files.walk(directory.resolve("identity"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".key")).toList()) {
        assertEquals(
            "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      }
    }
  }

  @Test
  void hub_withAnotherCa_isRefused() {
    assertEquals(ErrorCode.CA_MISMATCH, refused(hub.token("0".repeat(64), "")).code());
  }

  private static Stream<Identity> noHubs() {
    return Stream.of(
        Identity.device("default", "dev-2"),
        Identity.bulk("default", "dev-2"),
        Identity.operator("default", "anna"),
        Identity.server("default", "broker"));
  }

  /** Else whoever stole one device's key could take the tokens of others. */
  @ParameterizedTest
  @MethodSource("noHubs")
  void hub_withACertificateOfSomebodyElse_isRefusedBeforeItHearsTheSecret(Identity thief)
      throws IOException {
    try (FakeHub stolen = new FakeHub(thief)) {
      String itsPin = Certificates.fingerprint(stolen.authority.certificate());
      DroverException refusal = refused(stolen.token(itsPin, ""));
      assertEquals(ErrorCode.CA_MISMATCH, refusal.code());
      assertEquals(0, stolen.secrets.get());
    }
  }

  @Test
  void hub_withAnotherReleaseRoot_isRefusedUnlessTheOwnerGaveOne() {
    EnrolmentToken token = hub.token(pin, "1".repeat(64));
    assertEquals(ErrorCode.SIGNATURE_INVALID, refused(token).code());
    byte[] own = {1, 2};
    assertArrayEquals(own, enrolment.enrol(token, Optional.of(own), 7).releaseRoot());
  }

  @Test
  void hub_thatRefuses_isQuotedWithItsCode() {
    EnrolmentToken token = hub.token(pin, "");
    token.secret()[0] = 1;
    assertEquals(ErrorCode.TOKEN_EXPIRED, refused(token).code());
  }

  @Test
  void hub_thatIsNotThere_isUnavailable() {
    EnrolmentToken token =
        new EnrolmentToken(
            List.of("127.0.0.1:1"), pin, "", new byte[16], new byte[32], "dev-1", "default");
    assertEquals(ErrorCode.UNAVAILABLE, refused(token).code());
  }

  @Test
  void hub_ofWhichOneAddressDoesNotAnswer_isReachedByTheNext() {
    EnrolmentToken real = hub.token(pin, "");
    List<String> hubs = new ArrayList<>(List.of("127.0.0.1:1"));
    hubs.addAll(real.hubs());
    EnrolmentToken token =
        new EnrolmentToken(hubs, pin, "", real.id(), real.secret(), real.device(), real.tenant());
    DeviceIdentity identity = enrolment.enrol(token, Optional.empty(), 7).identity();
    assertEquals(hubs, identity.hubs());
  }

  @Test
  void proxy_configured_carriesEnrolmentAndRenewal() throws IOException {
    try (ConnectProxy proxy = new ConnectProxy()) {
      HubCalls calls = new HubCalls(() -> hub.now, "127.0.0.1:" + proxy.port());
      Enrolment through = new Enrolment(calls, hub.random, () -> hub.now, ms -> {});
      EnrolmentToken direct = hub.token(pin, "");
      EnrolmentToken token =
          new EnrolmentToken(
              List.of(hub.address()), pin, "", direct.id(), direct.secret(), "dev-1", "default");
      DeviceIdentity identity = through.enrol(token, Optional.empty(), 7).identity();
      assertEquals("dev-1", through.renew(identity).device());
      assertEquals(List.of(hub.address(), hub.address()), proxy.asked());
    }
  }

  @Test
  void clock_yearsAhead_isNamedAsTheCause() {
    assertEquals(ErrorCode.CLOCK_UNTRUSTED, refusedAt(hub.now.plusSeconds(9L * 365 * 86_400)));
  }

  @Test
  void clock_of1970_enrols() {
    EnrolmentToken token = hub.token(pin, "");
    assertEquals("dev-1", at(Instant.EPOCH).enrol(token, Optional.empty(), 7).identity().device());
  }

  @Test
  void renewal_givesNewKeysAndKeepsTheAuditKey() {
    DeviceIdentity first = enrolment.enrol(hub.token(pin, ""), Optional.empty(), 7).identity();
    DeviceIdentity second = enrolment.renew(first);
    assertEquals(1, hub.renewals.get());
    assertNotEquals(
        first.control().certificate().getPublicKey(),
        second.control().certificate().getPublicKey());
    assertArrayEquals(first.auditSeed(), second.auditSeed());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1970-01-01T00:00:00Z", "2039-01-01T00:00:00Z"})
  void renewal_byAClockYearsOff_learnsTheTimeAndSucceeds(Instant wrong) {
    DeviceIdentity first = enrolment.enrol(hub.token(pin, ""), Optional.empty(), 7).identity();
    AtomicReference<Instant> clock = new AtomicReference<>(wrong);
    Enrolment lost =
        new Enrolment(
            new HubCalls(clock::get, ""),
            hub.random,
            clock::get,
            ms -> clock.set(Instant.ofEpochMilli(ms)));

    assertEquals("dev-1", lost.renew(first).device());
    assertEquals(hub.now, clock.get());
    assertEquals(1, hub.renewals.get());
  }

  @Test
  void renewal_answeredWithAnOldTime_isRefusedAndTheClockStays() {
    DeviceIdentity first = enrolment.enrol(hub.token(pin, ""), Optional.empty(), 7).identity();
    hub.replayed = true;
    AtomicReference<Instant> clock = new AtomicReference<>(Instant.EPOCH);
    Enrolment lost =
        new Enrolment(
            new HubCalls(clock::get, ""),
            hub.random,
            clock::get,
            ms -> clock.set(Instant.ofEpochMilli(ms)));

    assertEquals(
        ErrorCode.LEASE_REPLAYED,
        assertThrows(DroverException.class, () -> lost.renew(first)).code());
    assertEquals(Instant.EPOCH, clock.get());
  }

  @Test
  void store_savedTwice_keepsOnlyTheNewest() throws IOException {
    IdentityStore store = new IdentityStore(directory.resolve("identity"));
    DeviceIdentity first = enrolment.enrol(hub.token(pin, ""), Optional.empty(), 7).identity();
    store.save(first);
    DeviceIdentity second = enrolment.renew(first);
    store.save(second);
    assertEquals(second.control(), store.load().orElseThrow().control());
    try (Stream<Path> entries = Files.list(directory.resolve("identity"))) {
      assertEquals(2, entries.count());
    }
  }

  private Enrolment at(Instant time) {
    return new Enrolment(new HubCalls(() -> time, ""), hub.random, () -> time, ms -> {});
  }

  private ErrorCode refusedAt(Instant time) {
    EnrolmentToken token = hub.token(pin, "");
    return assertThrows(DroverException.class, () -> at(time).enrol(token, Optional.empty(), 7))
        .code();
  }

  private DroverException refused(EnrolmentToken token) {
    return assertThrows(DroverException.class, () -> enrolment.enrol(token, Optional.empty(), 7));
  }

  private static String rootHash() {
    return Hashes.hex(Hashes.sha256(FakeHub.ROOT));
  }
}
