package dev.drover.agent.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.KeyFiles;
import dev.drover.testkit.Needs;
import dev.drover.v1.AgentServiceGrpc;
import dev.drover.v1.AskRequest;
import dev.drover.v1.CallToolRequest;
import dev.drover.v1.GiveConsentRequest;
import dev.drover.v1.ListWaitingRequest;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Identity;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NeighboursTest {
  private final Instant now = Clock.systemUTC().instant();

  @TempDir Path directory;
  private final SecureRandom random = new SecureRandom();
  private final CertificateAuthority fleet = CertificateAuthority.create("default", random, now);
  private final List<ManagedChannel> channels = new ArrayList<>();
  private Path socket;
  private ServerFixture fixture;

  @BeforeEach
  void start() throws IOException {
    socket = directory.resolve("run/agent.sock");
    Files.createDirectories(directory.resolve("peers"));
    pair("friend", now);
    pair("late", now.minus(Duration.ofDays(60)));
    certificate("stranger", now);
    fixture =
        new ServerFixture(
            socket,
            new StepRuntime(false, "Hello"),
            new Neighbours("127.0.0.1", 0, directory.resolve("peers"), () -> now, random));
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (ManagedChannel channel : channels) {
      channel.shutdownNow();
      channel.awaitTermination(5, TimeUnit.SECONDS);
    }
    fixture.close();
  }

  @Test
  void neighbour_paired_learnsWhatTheHubWouldLearn() throws IOException {
    AgentServiceGrpc.AgentServiceBlockingStub calls = connect("friend");
    Struct arguments =
        Struct.newBuilder()
            .putFields("number", Value.newBuilder().setNumberValue(5).build())
            .putFields("text", Value.newBuilder().setStringValue("private").build())
            .build();
    CallToolRequest echo =
        CallToolRequest.newBuilder().setName("test.echo").setArguments(arguments).build();

    Struct result = calls.callTool(echo).getResult();

    assertEquals(Set.of("number"), result.getFieldsMap().keySet());
    assertEquals(
        "Hello", calls.ask(AskRequest.newBuilder().setPrompt("Hi").build()).next().getText());
    assertEquals(List.of("PEER call test.echo", "PEER ask"), fixture.requests);
    CallToolRequest text = echo.toBuilder().setName("test.text").build();
    StatusRuntimeException denied =
        assertThrows(StatusRuntimeException.class, () -> calls.callTool(text));
    assertEquals(ErrorCode.POLICY_DENIED, GrpcErrors.parse(denied).code());
  }

  @Test
  void neighbour_paired_neverSpeaksForTheOwner() throws IOException {
    AgentServiceGrpc.AgentServiceBlockingStub calls = connect("friend");
    GiveConsentRequest yes = GiveConsentRequest.newBuilder().setExecution("j12-3").build();
    StatusRuntimeException denied =
        assertThrows(StatusRuntimeException.class, () -> calls.giveConsent(yes));
    assertEquals(ErrorCode.PERMISSION_DENIED, GrpcErrors.parse(denied).code());
    assertThrows(
        StatusRuntimeException.class,
        () -> calls.listWaiting(ListWaitingRequest.getDefaultInstance()));
    assertEquals(List.of(), fixture.consents);
  }

  @Test
  void neighbour_ofTheSameFleetButNotPaired_isRefused() throws IOException {
    assertRefused(connect("stranger"));
    assertRefused(connect("late"));
    assertTrue(fixture.requests.isEmpty());
  }

  @Test
  void grpcurl_onBothListeners_listsAndCalls() throws IOException, InterruptedException {
    String program = Needs.grpcurl().toString();
    String own = directory.resolve("peers/own/ca.crt").toString();
    String address = "127.0.0.1:" + fixture.server.tcpPort();
    List<String> local = List.of(program, "-plaintext", "-unix", "-authority", "localhost");
    List<String> tcp =
        List.of(program, "-cacert", own, "-cert", file("friend.crt"), "-key", file("friend.key"));

    assertTrue(output(local, socket.toString(), "list").contains("drover.v1.AgentService"));
    assertTrue(
        output(local, socket.toString(), "drover.v1.AgentService/GetStatus").contains("1.2.3"));
    assertTrue(output(local, socket.toString(), "grpc.health.v1.Health/Check").contains("SERVING"));
    assertTrue(output(tcp, address, "list").contains("drover.v1.AgentService"));
    assertTrue(output(tcp, address, "drover.v1.AgentService/ListTools").contains("test.echo"));
  }

  private static String output(List<String> command, String... more)
      throws IOException, InterruptedException {
    List<String> whole = new ArrayList<>(command);
    whole.addAll(List.of(more));
    Process process = new ProcessBuilder(whole).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text;
  }

  private static void assertRefused(AgentServiceGrpc.AgentServiceBlockingStub calls) {
    StatusRuntimeException refused =
        assertThrows(
            StatusRuntimeException.class,
            () -> calls.callTool(CallToolRequest.newBuilder().setName("test.echo").build()));
    assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode());
  }

  private AgentServiceGrpc.AgentServiceBlockingStub connect(String name) throws IOException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", fixture.server.tcpPort())
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forClient()
                            .keyManager(
                                KeyFiles.readP256(Path.of(file(name + ".key"))).getPrivate(),
                                Certificates.read(Path.of(file(name + ".crt"))))
                            .trustManager(Certificates.read(directory.resolve("peers/own/ca.crt"))))
                    .build())
            .build();
    channels.add(channel);
    return AgentServiceGrpc.newBlockingStub(channel);
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private void pair(String name, Instant issued) {
    Certificates.write(directory.resolve("peers/" + name + ".pem"), certificate(name, issued));
  }

  private X509Certificate certificate(String name, Instant issued) {
    KeyPair pair = KeyFiles.newP256(random);
    X509Certificate certificate =
        fleet.issueClient(
            Identity.device("default", name), pair.getPublic(), issued, Duration.ofDays(30));
    KeyFiles.writeP256(directory.resolve(name + ".key"), pair);
    Certificates.write(directory.resolve(name + ".crt"), certificate);
    return certificate;
  }
}
