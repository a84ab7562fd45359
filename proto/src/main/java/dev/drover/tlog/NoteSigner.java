package dev.drover.tlog;

import dev.drover.crypto.Ed25519;
import dev.drover.wire.DroverException;
import java.nio.charset.StandardCharsets;

/**
 * A named Ed25519 private key that signs notes.
 *
 * <p>Whoever holds it signs a checkpoint only after what it covers is durable and only if it
 * extends every earlier one; nothing here can check that. Immutable and thread-safe.
 */
public final class NoteSigner {
  private static final String PREFIX = "PRIVATE+KEY+";
  private static final int MAX_TEXT_CHARS = 1024;
  private static final String WHAT = "signer key";

  private final byte[] seed;
  private final VerifierKey verifierKey;

  private NoteSigner(byte[] seed, VerifierKey verifierKey) {
    this.seed = seed;
    this.verifierKey = verifierKey;
  }

  /**
   * Returns a signer.
   *
   * @param name of the key; for a log, its origin
   * @param seed raw private key of 32 bytes (RFC 8032); copied
   * @throws DroverException {@code MESSAGE_MALFORMED} if the name holds a space or a plus sign, or
   *     the seed has another length
   */
  public static NoteSigner of(String name, byte[] seed) {
    if (seed.length != Ed25519.KEY_BYTES) {
      throw Texts.malformed(WHAT, "it has " + seed.length + " bytes instead of 32");
    }
    return new NoteSigner(seed.clone(), VerifierKey.of(name, Ed25519.publicKey(seed)));
  }

  /**
   * Reads {@code PRIVATE+KEY+<name>+<key id>+<base64(0x01 ‖ seed)>}, the form of Go's tools.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} for any other text
   */
  public static NoteSigner parse(String text) {
    String[] parts =
        text.startsWith(PREFIX) && text.length() <= MAX_TEXT_CHARS
            ? text.substring(PREFIX.length()).split("\\+", 3)
            : new String[0];
    if (parts.length != 3) {
      throw Texts.malformed(WHAT, "it is not PRIVATE+KEY+name+id+key");
    }
    NoteSigner signer = of(parts[0], VerifierKey.typedKey(parts[2], WHAT));
    if (!signer.verifierKey.format().startsWith(parts[0] + "+" + parts[1] + "+")) {
      throw Texts.malformed(WHAT, "its id does not belong to its key");
    }
    return signer;
  }

  /** Returns the public side. */
  public VerifierKey verifierKey() {
    return verifierKey;
  }

  NoteSignature sign(String text) {
    byte[] signature = Ed25519.sign(seed, text.getBytes(StandardCharsets.UTF_8));
    return new NoteSignature(verifierKey.name(), verifierKey.keyId(), signature);
  }

  /** Returns the public side's text; the private key is never shown. */
  @Override
  public String toString() {
    return "signer of " + verifierKey;
  }
}
