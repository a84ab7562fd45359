package dev.drover.crypto;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.bouncycastle.util.encoders.DecoderException;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.jspecify.annotations.Nullable;

/** Textual encoding of keys (RFC 7468): one block of a label and DER bytes. */
public record Pem(String label, byte[] der) {
  private static final Base64.Encoder BASE64 =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

  /** Returns the first block of a text; whatever stands around it is ignored. */
  public static Pem parse(String text) {
    try (PemReader reader = new PemReader(new StringReader(text))) {
      @Nullable PemObject block = reader.readPemObject();
      if (block == null) {
        throw new DroverException(ErrorCode.INVALID_ARGUMENT, "there is no PEM block");
      }
      return new Pem(block.getType(), block.getContent());
    } catch (IOException | DecoderException e) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "the PEM block is damaged", e);
    }
  }

  /** Returns the DER bytes if the block has this label. */
  public byte[] expect(String expectedLabel) {
    if (!label.equals(expectedLabel)) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "expected a PEM block " + expectedLabel + " and found another");
    }
    return der;
  }

  /** Returns the block as text that ends with a newline. */
  public String text() {
    return "-----BEGIN "
        + label
        + "-----\n"
        + BASE64.encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }
}
