package dev.drover.tlog;

import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Sha256;
import dev.drover.wire.DroverException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A named Ed25519 public key that verifies signed notes (C2SP {@code signed-note}, type 0x01).
 *
 * <p>Immutable. Equal when name and key are equal.
 */
public final class VerifierKey {
  /** Signature type of plain Ed25519. */
  static final byte TYPE_ED25519 = 1;

  private static final int MAX_TEXT_CHARS = 1024;
  private static final String WHAT = "verifier key";

  private final String name;
  private final byte[] publicKey;
  private final int keyId;

  private VerifierKey(String name, byte[] publicKey) {
    this.name = Texts.requireName(name);
    this.publicKey = publicKey;
    this.keyId = keyId(name, publicKey);
  }

  /**
   * Returns the key of a name.
   *
   * @param publicKey raw, 32 bytes (RFC 8032); copied
   * @throws DroverException {@code MESSAGE_MALFORMED} if the name holds a space or a plus sign, or
   *     the key has another length
   */
  public static VerifierKey of(String name, byte[] publicKey) {
    if (publicKey.length != Ed25519.KEY_BYTES) {
      throw Texts.malformed(WHAT, "it has " + publicKey.length + " bytes instead of 32");
    }
    return new VerifierKey(name, publicKey.clone());
  }

  /**
   * Reads {@code <name>+<key id, 8 hex digits>+<base64(0x01 ‖ public key)>}.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} for any other text, another key type, or a
   *     key id that does not belong to the key
   */
  public static VerifierKey parse(String text) {
    String[] parts = text.length() > MAX_TEXT_CHARS ? new String[0] : text.split("\\+", 3);
    if (parts.length != 3) {
      throw Texts.malformed(WHAT, "it is not name+id+key");
    }
    VerifierKey key = of(parts[0], typedKey(parts[2], WHAT));
    if (!key.keyIdHex().equals(parts[1])) {
      throw Texts.malformed(WHAT, "its id does not belong to its key");
    }
    return key;
  }

  /** Returns the text that {@link #parse} reads. */
  public String format() {
    byte[] typed = new byte[1 + Ed25519.KEY_BYTES];
    typed[0] = TYPE_ED25519;
    System.arraycopy(publicKey, 0, typed, 1, Ed25519.KEY_BYTES);
    return name + "+" + keyIdHex() + "+" + Texts.base64(typed);
  }

  /** Returns the key's name; for the key of a log, its origin. */
  public String name() {
    return name;
  }

  /** Returns the key id, the first four bytes of a hash over name, type and key. */
  public int keyId() {
    return keyId;
  }

  /** Returns a copy of the raw public key. */
  public byte[] publicKey() {
    return publicKey.clone();
  }

  /** Returns whether a signature carries this key's name and id; says nothing of its validity. */
  boolean claims(NoteSignature signature) {
    return signature.keyId() == keyId && signature.name().equals(name);
  }

  /** Returns whether the signature is one of this key over the text. */
  boolean verifies(String text, NoteSignature signature) {
    return Ed25519.verify(
        publicKey, text.getBytes(StandardCharsets.UTF_8), signature.signatureBytes());
  }

  /** Returns the 32 bytes behind the type byte of an encoded key or seed. */
  static byte[] typedKey(String base64, String what) {
    byte[] typed = Texts.base64(base64, what);
    if (typed.length != 1 + Ed25519.KEY_BYTES || typed[0] != TYPE_ED25519) {
      throw Texts.malformed(what, "it is not an Ed25519 key");
    }
    return Arrays.copyOfRange(typed, 1, typed.length);
  }

  private String keyIdHex() {
    return HexFormat.of().toHexDigits(keyId);
  }

  private static int keyId(String name, byte[] publicKey) {
    byte[] separator = {'\n', TYPE_ED25519};
    Sha256 hash = Sha256.of(name.getBytes(StandardCharsets.UTF_8), separator, publicKey);
    return ByteBuffer.wrap(hash.toBytes()).getInt();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerifierKey key
        && name.equals(key.name)
        && Arrays.equals(publicKey, key.publicKey);
  }

  @Override
  public int hashCode() {
    return keyId;
  }

  /** Returns {@link #format()}. */
  @Override
  public String toString() {
    return format();
  }
}
