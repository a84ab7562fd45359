package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.Hashes;
import dev.drover.crypto.Pem;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 4.2 and 5.3.4: envelopes, key ids, thresholds, key types. */
class SignatureRulesTest extends TufFixture {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Test
  void threshold_reachedByTwoKeys_isEnoughAndByOneIsNot() {
    Signer first = repository.signers.get("timestamp").get(0);
    Signer second = repository.newSigner();
    repository.signers.put("timestamp", List.of(first, second));
    repository.thresholds.put("timestamp", 2);
    repository.nextRoot();
    repository.publishTimestamp();
    assertEquals(1, refresh().timestampVersion());

    repository.signers.put("timestamp", List.of(first));
    TestRepository.bump(repository.timestamp);
    repository.publishTimestamp();
    refused(ErrorCode.SIGNATURE_INVALID);
  }

  @Test
  void threshold_aboveTheNumberOfKeys_isNeverReached() {
    repository.thresholds.put("timestamp", 2);
    repository.nextRoot();
    refused(ErrorCode.SIGNATURE_INVALID);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void threshold_belowOne_isRefused(int threshold) {
    repository.thresholds.put("timestamp", threshold);
    repository.nextRoot();
    refused(ErrorCode.MESSAGE_MALFORMED);
  }

  @Test
  void signer_listedTwiceInTheSignatures_refusesTheFile() {
    editTimestamp(
        envelope -> {
          ArrayNode signatures = (ArrayNode) envelope.get("signatures");
          signatures.add(signatures.get(0).deepCopy());
        });
    refused(ErrorCode.SIGNATURE_INVALID);
  }

  @Test
  void key_listedTwiceInTheRole_countsOnce() {
    repository.thresholds.put("timestamp", 2);
    Signer only = repository.signers.get("timestamp").get(0);
    repository.signers.put("timestamp", List.of(only, only));
    repository.nextRoot();
    repository.signers.put("timestamp", List.of(only));
    repository.publishTimestamp();
    refused(ErrorCode.SIGNATURE_INVALID);
  }

  @Test
  void key_underTwoIds_countsOnceAndIsRefusedWhereIdsAreStrict() {
    client = client(TrustOptions.LENIENT);
    repository.nextRoot();
    Signer only = repository.signers.get("timestamp").get(0);
    repository.root.withObject("/keys").set("alias", only.key().toJson());
    ObjectNode role = repository.root.withObject("/roles/timestamp");
    role.put("threshold", 2).withArray("/keyids").add("alias");
    repository.publishRootContent(repository.signers.get("root"));
    editTimestamp(
        envelope -> {
          ArrayNode signatures = (ArrayNode) envelope.get("signatures");
          ObjectNode again = signatures.get(0).deepCopy();
          signatures.add(again.put("keyid", "alias"));
        });

    refused(ErrorCode.SIGNATURE_INVALID);
    store.store("root", repository.bytes("root", 1));
    client = client(TrustOptions.DIRECTORY);
    refused(ErrorCode.SIGNATURE_INVALID);
    assertKept("root", repository.bytes("root", 1));
  }

  @Test
  void keyId_thatIsNotTheHash_isAcceptedOnlyWhereLenient() {
    Signer signer = repository.signers.get("timestamp").get(0);
    repository.nextRoot();
    repository.root.withObject("/keys").set("odd", signer.key().toJson());
    repository.root.withObject("/roles/timestamp").putArray("keyids").add("odd");
    repository.publishRootContent(repository.signers.get("root"));
    editTimestamp(envelope -> ((ObjectNode) envelope.get("signatures").get(0)).put("keyid", "odd"));

    refused(ErrorCode.SIGNATURE_INVALID);
    client = client(TrustOptions.LENIENT);
    assertEquals(2, refresh().rootVersion());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "zz", "0", "00ff"})
  void signature_thatIsGarbage_isIgnoredBesideAGoodOne(String garbage) {
    Signer other = repository.newSigner();
    Signer good = repository.signers.get("timestamp").get(0);
    repository.signers.put("timestamp", List.of(good, other));
    repository.nextRoot();
    repository.signers.put("timestamp", List.of(good));
    repository.publishTimestamp();
    editTimestamp(
        envelope ->
            ((ArrayNode) envelope.get("signatures"))
                .addObject()
                .put("keyid", other.key().keyId())
                .put("sig", garbage));
    assertEquals(1, refresh().timestampVersion());
  }

  @Test
  void signer_nobodyKnows_isIgnored() {
    editTimestamp(
        envelope ->
            ((ArrayNode) envelope.get("signatures"))
                .addObject()
                .put("keyid", "stranger")
                .put("sig", "00"));
    assertEquals(1, refresh().timestampVersion());
  }

  @Test
  void signatures_moreThanTheLimit_areRefused() {
    editTimestamp(
        envelope -> {
          for (int i = 0; i < MetadataLimits.SIGNATURES_MAX; i++) {
            ((ArrayNode) envelope.get("signatures"))
                .addObject()
                .put("keyid", "stranger " + i)
                .put("sig", "00");
          }
        });
    refused(ErrorCode.LIMIT_EXCEEDED);
  }

  @Test
  void unknownFields_arePartOfWhatIsSigned() {
    repository.timestamp.put("future", "field").putObject("deep").put("x", 1);
    repository.publishTimestamp();
    assertEquals(1, refresh().timestampVersion());

    TestRepository.bump(repository.timestamp);
    repository.publishTimestamp();
    editTimestamp(envelope -> ((ObjectNode) envelope.get("signed")).put("future", "changed"));
    refused(ErrorCode.SIGNATURE_INVALID);
  }

  @Test
  void unknownFields_inKeysAndRoles_areKept() {
    repository.nextRoot();
    repository.root.withObject("/roles/targets").put("x-note", "é\n\"\\");
    repository.root.put("x-😀", 1).put("x-\uffee", 2);
    repository.publishRootContent(repository.signers.get("root"));
    assertEquals(2, refresh().rootVersion());
  }

  @ParameterizedTest
  @CsvSource({
    "version, 0",
    "version, -1",
    "version, 9007199254740992",
    "version, 99999999999999999999",
    "version, 1.0",
    "version, '\"1\"'",
    "version, true",
    "expires, '\"2030-01-01\"'",
    "expires, '\"2030-01-01T00:00:00+00:00\"'",
    "expires, '\"2030-13-01T00:00:00Z\"'",
    "expires, 5",
    "spec_version, '\"2.0.0\"'",
    "spec_version, '\"1\"'",
    "spec_version, 1",
    "x-root-version, 0",
    "meta, '{}'",
    "meta, '{\"snapshot.json\":{\"version\":1,\"length\":0}}'",
    "meta, '{\"snapshot.json\":{\"version\":1,\"hashes\":{\"sha256\":\"00\"}}}'",
    "meta, '{\"snapshot.json\":{\"version\":1,\"hashes\":{\"sha256\":\"xx\"}}}'",
    "meta, '[]'",
  })
  void field_ofAWrongTypeOrRange_refusesTheDocument(String field, String value) throws IOException {
    repository.timestamp.set(field, MAPPER.readTree(value));
    ObjectNode envelope = MAPPER.createObjectNode();
    envelope.putArray("signatures");
    envelope.set("signed", repository.timestamp);
    repository.published.put(RoleVersion.latest("timestamp"), MAPPER.writeValueAsBytes(envelope));
    refused(ErrorCode.MESSAGE_MALFORMED);
  }

  @Test
  void version_highestAllowed_isAccepted() {
    repository.timestamp.put("version", MetadataLimits.VERSION_MAX);
    repository.publishTimestamp();
    assertEquals(MetadataLimits.VERSION_MAX, refresh().timestampVersion());
  }

  @Test
  void spec_version1WithTwoParts_isAccepted() {
    repository.timestamp.put("spec_version", "1.0");
    repository.publishTimestamp();
    assertEquals(1, refresh().timestampVersion());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{}",
        "{\"signed\":{},\"signatures\":[]} x",
        "{\"signed\":{},\"signed\":{},\"signatures\":[]}",
        "{\"signed\":[],\"signatures\":[]}",
        "{\"signed\":{\"_type\":\"timestamp\",\"_type\":\"timestamp\"}}",
        "\uFEFF{}"
      })
  void document_thatIsNotAnEnvelope_isRefused(String text) {
    repository.published.put(
        RoleVersion.latest("timestamp"), text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    refused(ErrorCode.MESSAGE_MALFORMED);
  }

  @Test
  void document_inAnotherEncodingOrWithBadUtf8_isRefused() {
    byte[] good = repository.timestampBytes();
    String text = new String(good, java.nio.charset.StandardCharsets.UTF_8);
    repository.published.put(
        RoleVersion.latest("timestamp"), text.getBytes(java.nio.charset.StandardCharsets.UTF_16));
    refused(ErrorCode.MESSAGE_MALFORMED);
    byte[] bad = good.clone();
    bad[good.length / 2] = (byte) 0xff;
    repository.published.put(RoleVersion.latest("timestamp"), bad);
    refused(ErrorCode.MESSAGE_MALFORMED);
  }

  @Test
  void document_nestedTooDeeply_isRefused() {
    String deep = "[".repeat(100) + "]".repeat(100);
    repository.published.put(
        RoleVersion.latest("timestamp"), deep.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    refused(ErrorCode.LIMIT_EXCEEDED);
  }

  @Test
  void whiteSpace_aroundTheSameContent_doesNotMatter() throws IOException {
    byte[] pretty =
        MAPPER
            .writerWithDefaultPrettyPrinter()
            .writeValueAsBytes(MAPPER.readTree(repository.timestampBytes()));
    repository.published.put(RoleVersion.latest("timestamp"), pretty);
    refresh();
    assertKept("timestamp", pretty);
  }

  @Test
  void ecdsaAndRsa_signTimestamps() throws GeneralSecurityException {
    for (Signer signer : List.of(jca("EC", 256), jca("RSA", 2048))) {
      repository.signers.put("timestamp", List.of(signer));
      repository.nextRoot();
      TestRepository.bump(repository.timestamp);
      repository.publishTimestamp();
      assertEquals(repository.timestamp.get("version").longValue(), refresh().timestampVersion());

      TestRepository.bump(repository.timestamp);
      repository.publishTimestamp();
      editTimestamp(envelope -> ((ObjectNode) envelope.get("signed")).put("other", 1));
      refused(ErrorCode.SIGNATURE_INVALID);
    }
  }

  @Test
  void weakOrUnknownKeys_verifyNothing() throws GeneralSecurityException {
    for (Signer signer : List.of(jca("EC", 384), jca("RSA", 1024))) {
      repository.signers.put("timestamp", List.of(signer));
      repository.nextRoot();
      TestRepository.bump(repository.timestamp);
      repository.publishTimestamp();
      refused(ErrorCode.SIGNATURE_INVALID);
    }
  }

  @Test
  void material_isEqualForEqualKeysOnly() throws GeneralSecurityException {
    TufKey key = jca("EC", 256).key();
    ObjectNode withNote = key.toJson().put("x-note", "other id, same key");
    TufKey same = TufKey.parse("another id", withNote, false);
    assertEquals(key.material(), same.material());
    assertNotEquals(key.material(), repository.newSigner().key().material());
    ObjectNode damaged = repository.newSigner().key().toJson();
    damaged.withObject("/keyval").put("public", "00");
    assertEquals(false, TufKey.parse("x", damaged, false).verify(new byte[1], new byte[64]));
  }

  private void editTimestamp(Consumer<ObjectNode> edit) {
    try {
      ObjectNode envelope = (ObjectNode) MAPPER.readTree(repository.timestampBytes());
      edit.accept(envelope);
      repository.published.put(RoleVersion.latest("timestamp"), MAPPER.writeValueAsBytes(envelope));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Signer jca(String algorithm, int bits) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(bits);
    KeyPair pair = generator.generateKeyPair();
    boolean rsa = algorithm.equals("RSA");
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("keytype", rsa ? "rsa" : "ecdsa");
    json.put("scheme", rsa ? "rsassa-pss-sha256" : "ecdsa-sha2-nistp256");
    json.putObject("keyval")
        .put("public", new Pem("PUBLIC KEY", pair.getPublic().getEncoded()).text());
    String id = Hashes.hex(Hashes.sha256(CanonicalJson.encode(json)));
    TufKey key = TufKey.parse(id, json, true);
    return new Signer() {
      @Override
      public TufKey key() {
        return key;
      }

      @Override
      public byte[] sign(byte[] message) {
        try {
          Signature signature = Signature.getInstance(rsa ? "RSASSA-PSS" : "SHA256withECDSA");
          if (rsa) {
            signature.setParameter(
                new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
          }
          signature.initSign(pair.getPrivate());
          signature.update(message);
          return signature.sign();
        } catch (GeneralSecurityException e) {
          throw new AssertionError(e);
        }
      }
    };
  }
}
