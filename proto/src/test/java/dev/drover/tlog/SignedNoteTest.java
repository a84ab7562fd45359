package dev.drover.tlog;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignedNoteTest {
  /** The example of the signed-note specification. */
  private static final String SPEC_KEY =
      "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

  private static final String SPEC_NOTE =
      "This is an example message.\n\n"
          + "\u2014 example.com/foo"
          + " Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

  /** The example in Go's documentation of package note, with its published test key. */
  private static final String GO_SIGNER =
      "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

  private static final String GO_VERIFIER =
      "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

  private static final String GO_TEXT =
      """
      If you think cryptography is the answer to your problem,
      then you don't know what your problem is.
      """;

  private static final String GO_LINE =
      "\u2014 PeterNeumann"
          + " x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

  private final NoteSigner goSigner = NoteSigner.parse(GO_SIGNER);
  private final VerifierKey goKey = VerifierKey.parse(GO_VERIFIER);
  private final VerifierKey specKey = VerifierKey.parse(SPEC_KEY);

  @Test
  void parse_specificationExample_verifiesAndFormatsTheSame() {
    SignedNote note = parse(SPEC_NOTE);
    assertEquals("This is an example message.\n", note.text());
    assertEquals(List.of(specKey), note.verify(List.of(goKey, specKey)));
    assertEquals(SPEC_NOTE, note.format());
    assertEquals("example.com/foo", note.signatures().get(0).name());
    assertEquals(0x530d903a, note.signatures().get(0).keyId());
    assertEquals("example.com/foo+530d903a", note.signatures().get(0).toString());
  }

  @Test
  void sign_goExample_givesTheSameBytes() {
    SignedNote note = SignedNote.sign(GO_TEXT, List.of(goSigner));
    assertEquals(GO_TEXT + "\n" + GO_LINE, note.format());
    assertEquals(note, parse(note.format()));
    assertEquals(note.hashCode(), parse(note.format()).hashCode());
    NoteSignature line = note.signatures().get(0);
    assertNotEquals(line, SignedNote.sign("x\n", List.of(goSigner)).signatures().get(0));
    assertNotEquals(line, parse(note.format().replace("Peter", "Paul")).signatures().get(0));
    assertNotEquals(line, parse(note.format().replace("x08go", "x08gp")).signatures().get(0));
    assertEquals(List.of(goKey), note.verify(List.of(goKey)));
  }

  @Test
  void verify_unknownLines_areIgnoredAndKnownOnesMustHold() {
    SignedNote goNote = SignedNote.sign(GO_TEXT, List.of(goSigner));
    SignedNote both = goNote.with(parse(SPEC_NOTE).signatures());
    assertEquals(2, both.signatures().size());
    assertEquals(List.of(goKey), both.verify(List.of(goKey)));
    assertRefused(ErrorCode.SIGNATURE_INVALID, () -> both.verify(List.of(goKey, specKey)));
    assertRefused(ErrorCode.SIGNATURE_INVALID, () -> both.verify(List.of()));
    SignedNote twice = goNote.with(goNote.signatures());
    assertEquals(List.of(goKey), twice.verify(List.of(goKey)));
    SignedNote changed = new SignedNote("x" + GO_TEXT, goNote.signatures());
    assertRefused(ErrorCode.SIGNATURE_INVALID, () -> changed.verify(List.of(goKey)));
  }

  @Test
  void verify_sameNameWithAnotherKey_isAnUnknownKey() {
    VerifierKey namesake = VerifierKey.of("PeterNeumann", specKey.publicKey());
    SignedNote note = SignedNote.sign(GO_TEXT, List.of(goSigner));
    assertRefused(ErrorCode.SIGNATURE_INVALID, () -> note.verify(List.of(namesake)));
    assertEquals(List.of(goKey), note.verify(List.of(namesake, goKey)));
    assertNotEquals(namesake, goKey);
    assertNotEquals(VerifierKey.of("Other", goKey.publicKey()), goKey);
  }

  @Test
  void text_withBlankLines_isSplitAtTheLastOne() {
    SignedNote note = SignedNote.sign("a\n\nb\n\n\nc\n", List.of(goSigner));
    assertEquals(note, parse(note.format()));
    assertEquals(List.of(goKey), parse(note.format()).verify(List.of(goKey)));
  }

  @Test
  void parse_otherForms_areRefused() {
    String line = GO_LINE;
    for (String bad :
        List.of(
            "",
            "\n",
            "text\n",
            "text\n\n",
            "text\n\n\n",
            "text\n" + line,
            "text\n\n" + line.strip(),
            "text\n\n" + line.replace('\u2014', '-'),
            "text\n\n" + line.replace("\u2014 ", "\u2014"),
            "text\n\n" + line.replace(" Peter", "  Peter"),
            "text\n\n" + line.replace("Peter", "Pe+ter"),
            "text\n\n" + line.replace("Peter", "Pe\u00a0ter"),
            "text\n\n" + line.replace("AM=", "AM"),
            "text\n\n" + line.replace("AM=", "AN="),
            "text\n\n" + line.replace("x08go", "x08g*"),
            "text\n\n\u2014 PeterNeumann\n",
            "text\n\n\u2014 PeterNeumann \n",
            "text\n\n\u2014 PeterNeumann x08gow==\n",
            "te\rxt\n\n" + line,
            "te\u0000xt\n\n" + line)) {
      assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> parse(bad));
    }
    byte[] notUtf8 = ("t\u00e4xt\n\n" + line).getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> SignedNote.parse(notUtf8));
  }

  @Test
  void parse_shortestSignature_isRead() {
    assertEquals(1, parse("text\n\n\u2014 k x08gowA=\n").signatures().size());
  }

  @Test
  void limits_ofBytesAndSignatures_areExact() {
    String line = "\u2014 k x08gowA=\n";
    int most = SignedNote.MAX_SIGNATURES;
    assertEquals(most, parse("t\n\n" + line.repeat(most)).signatures().size());
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> parse("t\n\n" + line.repeat(most + 1)));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> parse("t\n\n" + line.repeat(most + 5)));
    int room = SignedNote.MAX_BYTES - 2 - line.getBytes(StandardCharsets.UTF_8).length;
    String filler = "t".repeat(room);
    assertEquals(room + 1, parse(filler + "\n\n" + line).text().length());
    assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> parse(filler + "t\n\n" + line));
    List<NoteSignature> one = parse("t\n\n" + line).signatures();
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new SignedNote("no newline", one));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> new SignedNote("t\n", List.of()));
    assertRefused(
        ErrorCode.MESSAGE_MALFORMED,
        () -> new SignedNote("t\n", Collections.nCopies(most + 1, one.get(0))));
  }

  @Test
  void verifierKey_textForm_isReadStrictly() {
    assertEquals(SPEC_KEY, specKey.format());
    assertEquals(SPEC_KEY, specKey.toString());
    assertEquals(0x530d903a, specKey.keyId());
    assertEquals(specKey, VerifierKey.of("example.com/foo", specKey.publicKey()));
    assertEquals(specKey.hashCode(), VerifierKey.parse(SPEC_KEY).hashCode());
    for (String bad :
        List.of(
            "",
            "example.com/foo",
            "example.com/foo+530d903a",
            SPEC_KEY.replace("530d903a", "530d903b"),
            SPEC_KEY.replace("530d903a", "530D903A"),
            SPEC_KEY.replace("example", "Example"),
            SPEC_KEY.replace("+Aeky", "+Beky"),
            SPEC_KEY.replace("+Aeky", "+eky"),
            SPEC_KEY + "A",
            SPEC_KEY + " ".repeat(1024),
            "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            // Type 2 with a key id that would fit it.
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")) {
      assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> VerifierKey.parse(bad));
    }
    for (String name : List.of("", "a b", "a+b", "a\tb", "a\u2003b", "a\nb", "x".repeat(256))) {
      assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> VerifierKey.of(name, specKey.publicKey()));
    }
    assertEquals(255, VerifierKey.of("x".repeat(255), specKey.publicKey()).name().length());
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> VerifierKey.of("name", new byte[31]));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> VerifierKey.of("name", new byte[33]));
  }

  @Test
  void noteSigner_textForm_isReadStrictlyAndNeverShown() {
    assertEquals(goKey, goSigner.verifierKey());
    assertEquals(GO_VERIFIER, goSigner.verifierKey().format());
    assertFalse(goSigner.toString().contains("AYEK"));
    assertTrue(goSigner.toString().contains("PeterNeumann"));
    for (String bad :
        List.of(
            "",
            GO_VERIFIER,
            GO_SIGNER.substring(1),
            GO_SIGNER.replace("c74f20a3", "c74f20a4"),
            GO_SIGNER.replace("c74f20a3", "c74f20a"),
            GO_SIGNER.replace("+AYEK", "+BYEK"),
            GO_SIGNER.substring(0, GO_SIGNER.length() - 4),
            "PRIVATE+KEY+PeterNeumann+c74f20a3",
            GO_SIGNER + "A".repeat(1024))) {
      assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> NoteSigner.parse(bad));
    }
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> NoteSigner.of("name", new byte[33]));
    assertRefused(ErrorCode.MESSAGE_MALFORMED, () -> NoteSigner.of("na me", new byte[32]));
  }

  private static SignedNote parse(String note) {
    return SignedNote.parse(note.getBytes(StandardCharsets.UTF_8));
  }
}
