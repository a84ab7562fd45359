package dev.drover.trust;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;

/**
 * A public key as root and delegating documents hold it (section 4.2.2).
 *
 * <p>Known are {@code ed25519}, {@code ecdsa-sha2-nistp256} and {@code rsassa-pss-sha256}. A key of
 * another scheme, or one that does not decode, is kept and never verifies anything: the document
 * that lists it may still be signed by enough others. Immutable.
 */
public final class TufKey {
  private final String keyId;
  private final ObjectNode json;
  private final SignatureScheme scheme;

  private TufKey(String keyId, ObjectNode json, SignatureScheme scheme) {
    this.keyId = keyId;
    this.json = json;
    this.scheme = scheme;
  }

  /** Returns the key object of a raw Ed25519 public key. */
  public static TufKey ofEd25519(byte[] publicKey) {
    if (publicKey.length != Ed25519.KEY_BYTES) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "not an Ed25519 public key");
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("keytype", "ed25519").put("scheme", "ed25519");
    json.putObject("keyval").put("public", Hashes.hex(publicKey));
    return parse(idOf(json), json, true);
  }

  /**
   * Reads a key object.
   *
   * @param strictId whether the id must be the hash of the key, as 1.0.34 wants and TAP 12 does not
   */
  static TufKey parse(String keyId, JsonNode node, boolean strictId) {
    Fields fields = Fields.of(node, "key");
    String keyType = fields.text("keytype");
    String schemeName = fields.text("scheme");
    String publicText = fields.object("keyval").text("public");
    if (strictId && !keyId.equals(idOf(node))) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID, "a key is listed under an id that is not its hash");
    }
    return new TufKey(keyId, fields.node(), SignatureScheme.of(keyType, schemeName, publicText));
  }

  /** Returns the id under which signatures name the key. */
  public String keyId() {
    return keyId;
  }

  /** Returns a copy of the key object. */
  ObjectNode toJson() {
    return json.deepCopy();
  }

  /**
   * Returns what makes two keys one, whatever their ids: thresholds count this (section 5.3.4 wants
   * that each key contributes once).
   */
  String material() {
    return scheme.material();
  }

  /** Returns whether the signature is one of this key over the message; any bytes are allowed. */
  public boolean verify(byte[] message, byte[] signature) {
    return scheme.verify(message, signature);
  }

  private static String idOf(JsonNode key) {
    return Hashes.hex(Hashes.sha256(CanonicalJson.encode(key)));
  }
}
