package dev.drover.tlog;

import dev.drover.wire.DroverException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** One signature line of a signed note, verified or not. Immutable. */
public final class NoteSignature {
  /** Starts every signature line: an em dash and a space. */
  static final String LINE_START = "\u2014 ";

  private static final String WHAT = "signature line";

  private final String name;
  private final int keyId;
  private final byte[] signature;

  NoteSignature(String name, int keyId, byte[] signature) {
    this.name = Texts.requireName(name);
    this.keyId = keyId;
    this.signature = signature.clone();
  }

  /**
   * Reads a line without its newline.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} for text of another form
   */
  static NoteSignature parse(String line) {
    int space = line.indexOf(' ', LINE_START.length());
    if (!line.startsWith(LINE_START) || space < 0) {
      throw Texts.malformed(WHAT, "it is not a dash, a name and a signature");
    }
    ByteBuffer payload = ByteBuffer.wrap(Texts.base64(line.substring(space + 1), WHAT));
    if (payload.remaining() <= Integer.BYTES) {
      throw Texts.malformed(WHAT, "its signature is too short");
    }
    int keyId = payload.getInt();
    byte[] signature = new byte[payload.remaining()];
    payload.get(signature);
    return new NoteSignature(line.substring(LINE_START.length(), space), keyId, signature);
  }

  /** Returns the line without its newline. */
  String format() {
    byte[] payload =
        ByteBuffer.allocate(Integer.BYTES + signature.length).putInt(keyId).put(signature).array();
    return LINE_START + name + " " + Texts.base64(payload);
  }

  /** Returns the name of the key that is said to have signed. */
  public String name() {
    return name;
  }

  /** Returns the id of that key. */
  public int keyId() {
    return keyId;
  }

  byte[] signatureBytes() {
    return signature.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NoteSignature line
        && keyId == line.keyId
        && name.equals(line.name)
        && Arrays.equals(signature, line.signature);
  }

  @Override
  public int hashCode() {
    return keyId;
  }

  /** Returns name and key id. */
  @Override
  public String toString() {
    return name + "+" + HexFormat.of().toHexDigits(keyId);
  }
}
