package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.TlsMaterial;
import dev.drover.testkit.TestFleet;
import dev.drover.wire.HostPort;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What is a refusal and what is not, against a listener that demands certificates. */
class KnockTest {
  private static final TestFleet FLEET = new TestFleet();
  private static final int NOT_AUTHORIZED = 0x87;

  private SSLServerSocket listener;
  private HostPort address;

  /** What the listener does with the CONNECT that it has read. */
  private interface Answer {
    void give(SSLSocket client) throws IOException;
  }

  @BeforeEach
  void listen() throws IOException {
    listener =
        (SSLServerSocket)
            FLEET
                .server()
                .sslContext(FLEET.now())
                .getServerSocketFactory()
                .createServerSocket(0, 5, InetAddress.getLoopbackAddress());
    listener.setNeedClientAuth(true);
    address = new HostPort("localhost", listener.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    listener.close();
  }

  private CompletableFuture<String> serve(Answer answer) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (SSLSocket client = (SSLSocket) listener.accept()) {
            InputStream in = client.getInputStream();
            int type = in.read();
            byte[] body = in.readNBytes(in.read());
            answer.give(client);
            return type + " " + new String(body, 13, body.length - 13, "US-ASCII");
          } catch (IOException ended) {
            return ended.toString();
          }
        });
  }

  private static Answer connack(int reason) {
    return client -> client.getOutputStream().write(new byte[] {0x20, 3, 0, (byte) reason, 0});
  }

  private Knock knock(TlsMaterial tls) {
    return Knock.with(tls, address, "lamp", FLEET.now());
  }

  @Test
  void client_thatIsLetIn_isToldFromOneThatIsNot() {
    CompletableFuture<String> seen = serve(connack(0));
    assertEquals(new Knock(Knock.Outcome.LET_IN, "SUCCESS"), knock(FLEET.device("lamp")));
    assertEquals("16 lamp", seen.join());
    var unused = serve(connack(NOT_AUTHORIZED));
    assertEquals(
        new Knock(Knock.Outcome.REFUSED_BY_MQTT, "NOT_AUTHORIZED"), knock(FLEET.device("lamp")));
  }

  /** Again and again, for the alert and the end of the connection race the client's own words. */
  @RepeatedTest(10)
  void certificate_ofAnotherCa_andNone_areRefusedWithAnAlert() {
    TlsMaterial other = new TestFleet().device("lamp");
    var first = serve(connack(0));
    Knock forged =
        knock(new TlsMaterial(other.key(), other.certificate(), FLEET.ca().certificate()));
    assertEquals(Knock.Outcome.REFUSED_BY_TLS, forged.outcome(), forged::toString);
    assertFalse(first.join().startsWith("16"));
    var second = serve(connack(0));
    Knock none = Knock.anonymous(FLEET.device("lamp"), address, "lamp", FLEET.now());
    assertEquals(Knock.Outcome.REFUSED_BY_TLS, none.outcome(), none::toString);
    assertTrue(none.words().matches("[a-z_]+"), none::words);
    assertFalse(second.join().startsWith("16"));
  }

  @Test
  void connection_thatBreaks_isNoRefusal() throws IOException {
    var unused = serve(client -> {});
    assertEquals(Knock.Outcome.BROKE_OFF, knock(FLEET.device("lamp")).outcome());
    listener.close();
    assertEquals(Knock.Outcome.BROKE_OFF, knock(FLEET.device("lamp")).outcome());
  }
}
