package dev.drover.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.drover.config.Config;
import dev.drover.config.ConfigKey;
import dev.drover.config.DataSize;
import dev.drover.content.ChunkTable;
import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.Pem;
import dev.drover.crypto.Sha256;
import dev.drover.envelope.AuditAuth;
import dev.drover.envelope.CommandAuth;
import dev.drover.envelope.EventAuth;
import dev.drover.release.AnswerSchema;
import dev.drover.release.Artifact;
import dev.drover.release.ReleaseManifest;
import dev.drover.tlog.Checkpoint;
import dev.drover.tlog.EntryBundle;
import dev.drover.tlog.NoteSigner;
import dev.drover.tlog.SignedNote;
import dev.drover.tlog.TileId;
import dev.drover.tlog.TlogProof;
import dev.drover.tlog.VerifierKey;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.Command;
import dev.drover.v1.CommandMark;
import dev.drover.v1.DeviceEvent;
import dev.drover.v1.DeviceHealth;
import dev.drover.v1.ExecutionReport;
import dev.drover.v1.Hello;
import dev.drover.v1.Lease;
import dev.drover.v1.Presence;
import dev.drover.v1.TimeRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.EgressGuard;
import dev.drover.wire.EnrolmentToken;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.HostPort;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything of this module that reads bytes of others, fed with damaged ones. */
class ForeignBytesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SHA = "ab".repeat(32);
  private static final byte[] KEY = new byte[32];
  private static final String SCHEMA =
      "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"state\":{\"enum\":"
          + "[\"low\",\"high\"]},\"level\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":8},"
          + "\"ok\":{\"type\":\"boolean\"}},\"required\":[\"state\",\"level\",\"ok\"]}";

  private static DeviceEvent event() {
    return DeviceEvent.newBuilder()
        .setIncarnation(7)
        .setSeq(3)
        .setTimeMs(1_700_000_000_000L)
        .setAcked(CommandMark.newBuilder().setHubEpoch(1).setSeq(9))
        .setReport(ExecutionReport.newBuilder().setExecution("j1-1").setAttempt(1))
        .build();
  }

  private static DeviceEvent hello() {
    Hello hello =
        Hello.newBuilder()
            .setAgentMajor(1)
            .setStarts(4)
            .setHealth(DeviceHealth.newBuilder().setMemoryAvailableBytes(1L << 20))
            .build();
    return event().toBuilder().setSeq(0).setHello(hello).build();
  }

  private static Command command() {
    Lease lease = Lease.newBuilder().setJob("j1").setExecution("j1-1").setAttempt(1).build();
    return Command.newBuilder()
        .setTenant("acme")
        .setDevice("cam-0")
        .setHubEpoch(1)
        .setSeq(1)
        .setIssuedMs(5)
        .setLease(lease)
        .build();
  }

  @Test
  void envelopes_damaged_areRefused() {
    List<byte[]> sealed =
        List.of(
            EventAuth.seal(KEY, "acme", "cam-0", event()),
            EventAuth.seal(KEY, "acme", "cam-0", hello()));
    Fuzz.bytes(1, sealed, bytes -> EventAuth.open(KEY, "acme", "cam-0", bytes));
    byte[] hubKey = Ed25519.publicKey(KEY);
    List<byte[]> signed =
        CommandAuth.sign(KEY, List.of(command(), command(), command())).stream()
            .map(Message::toByteArray)
            .toList();
    Fuzz.bytes(2, signed, bytes -> CommandAuth.open(hubKey, "acme", "cam-0", bytes));
    byte[] batch = AuditAuth.sign(KEY, BatchStatement.getDefaultInstance()).toByteArray();
    Fuzz.bytes(
        3, List.of(batch), bytes -> AuditAuth.check(hubKey, parsed(AuditUpload.parser(), bytes)));
  }

  @Test
  void messages_damagedBeforeTheyAreSealed_passTheGuardOrAreRefused() {
    TimeRequest time = TimeRequest.newBuilder().setNonce(ByteString.copyFrom(new byte[16])).build();
    List<byte[]> events =
        List.of(
            event().toByteArray(),
            hello().toByteArray(),
            event().toBuilder().setTime(time).build().toByteArray());
    Fuzz.bytes(4, events, bytes -> EgressGuard.check(parsed(DeviceEvent.parser(), bytes)));
    byte[] presence = Presence.newBuilder().setOnline(true).setIncarnation(9).build().toByteArray();
    Fuzz.bytes(5, List.of(presence), bytes -> EgressGuard.check(parsed(Presence.parser(), bytes)));
  }

  @Test
  void names_damaged_areRefused() {
    EnrolmentToken token =
        new EnrolmentToken(
            List.of("hub.example:8443", "[::1]:1"), SHA, SHA, new byte[16], KEY, "cam-0", "acme");
    Fuzz.text(6, List.of(token.format()), EnrolmentToken::parse);
    Fuzz.text(7, List.of("hub:1", "[::1]:8443", "10.0.0.1:65535"), HostPort::parse);
    Topics topics = new Topics("acme");
    List<String> names = List.of(topics.cmd("cam-0"), topics.chunk(SHA), topics.prefix());
    Fuzz.text(9, names, Topics::parse);
  }

  record Sample(
      @ConfigKey(value = "data-dir", doc = "Where state lives.") Path dataDir,
      @ConfigKey(value = "heartbeat", doc = "Pause.", byDefault = "30s", min = "1s", max = "1h")
          Duration heartbeat,
      @ConfigKey(value = "cache", doc = "Memory.", byDefault = "64MiB") DataSize cache,
      @ConfigKey(value = "port", doc = "Port.", byDefault = "1", min = "0", max = "65535") int port,
      @ConfigKey(value = "hubs", doc = "Hubs.", byDefault = "") List<String> hubs) {}

  @Test
  void configuration_damaged_isRefused() {
    String text = "# a\ndata-dir = x\nheartbeat=90s\ncache = 2GiB\nport=80\nhubs = a:1, b:2\n";
    Fuzz.text(10, List.of(text), file -> Config.read(Sample.class, Config.text("a file", file)));
  }

  @Test
  void logs_damaged_areRefused() {
    NoteSigner signer = NoteSigner.of("log.example/a", KEY);
    Checkpoint checkpoint = new Checkpoint("log.example/a", 12, Sha256.of(KEY));
    SignedNote signed = checkpoint.sign(signer);
    byte[] note = signed.toBytes();
    VerifierKey key = signer.verifierKey();
    Fuzz.bytes(11, List.of(note), bytes -> Checkpoint.open(SignedNote.parse(bytes), key));
    Fuzz.text(12, List.of(checkpoint.body()), Checkpoint::parse);
    Fuzz.text(13, List.of(key.toString()), VerifierKey::parse);
    Fuzz.text(14, List.of("tile/0/001", "tile/3/x123/004.p/7", "tile/entries/000"), TileId::parse);
    byte[] bundle = {0, 2, 1, 1, 0, 1, 5, 0, 0};
    Fuzz.bytes(15, List.of(bundle), bytes -> EntryBundle.decode(bytes, 3));
    byte[] proof = new TlogProof(0, List.of(Sha256.of(KEY)), signed).toBytes();
    Fuzz.bytes(16, List.of(proof), TlogProof::parse);
  }

  @Test
  void releases_damaged_areRefused(@TempDir Path folder) throws IOException {
    Artifact model = new Artifact("model.gguf", Artifact.Kind.MODEL, SHA, 10, List.of(SHA));
    JsonNode draft =
        JSON.readTree(
            "{\"name\":\"assist\",\"version\":\"1.0.0\",\"releaseCounter\":3,\"system\":\"Be brief.\","
                + "\"contextTokens\":512,\"requirements\":{\"architecture\":\"llama\","
                + "\"memoryBytes\":1000},\"questions\":[{\"id\":\"q1\",\"template\":\"Is the {what}?\","
                + "\"reads\":\"notes\",\"parameters\":{\"what\":[\"state\",\"mode\"]},\"answer\":"
                + SCHEMA
                + "}]}");
    byte[] manifest = ReleaseManifest.write(draft, List.of(model));
    Fuzz.bytes(18, List.of(manifest), ReleaseManifest::parse);
    Fuzz.text(19, List.of(SCHEMA), text -> AnswerSchema.parse(json(text)));
    Path file = Files.write(folder.resolve("plain"), new byte[700_000]);
    byte[] table = ChunkTable.build(file).table().toBytes();
    Fuzz.bytes(20, List.of(table), ChunkTable::parse);
  }

  @Test
  void certificates_damaged_areRefused() {
    SecureRandom random = new SecureRandom();
    Instant now = Instant.parse("2026-11-21T09:00:00Z");
    CertificateAuthority authority = CertificateAuthority.create("acme", random, now);
    byte[] certificate = Certificates.der(authority.certificate());
    Fuzz.bytes(21, List.of(certificate), Certificates::parse);
    byte[] request = CertificateRequest.create(KeyFiles.newP256(random));
    Fuzz.bytes(22, List.of(request), CertificateRequest::parse);
    String pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    Fuzz.text(23, List.of(pem), Pem::parse);
  }

  private static <T> T parsed(Parser<T> parser, byte[] bytes) {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException broken) {
      throw new DroverException(ErrorCode.MESSAGE_MALFORMED, "It does not parse.", broken);
    }
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException broken) {
      throw new DroverException(ErrorCode.MESSAGE_MALFORMED, "It does not parse.", broken);
    }
  }
}
