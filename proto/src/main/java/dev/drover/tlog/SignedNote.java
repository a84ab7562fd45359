package dev.drover.tlog;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Text with signature lines below it (C2SP {@code signed-note}).
 *
 * <p>A note that was parsed is not verified: use what {@link #verify} approved.
 *
 * @param text what is signed; ends with a newline
 * @param signatures at least one, at most {@link #MAX_SIGNATURES}
 */
public record SignedNote(String text, List<NoteSignature> signatures) {
  /** Most signature lines that are read or written. */
  public static final int MAX_SIGNATURES = 64;

  /** Longest note that is read, in bytes. */
  public static final int MAX_BYTES = 1 << 16;

  private static final String WHAT = "signed note";

  /**
   * Checks the form.
   *
   * @throws DroverException {@code MESSAGE_MALFORMED} if the text does not end with a newline or
   *     the number of signatures is out of range
   */
  public SignedNote {
    signatures = List.copyOf(signatures);
    if (!text.endsWith("\n")) {
      throw Texts.malformed(WHAT, "its text does not end with a newline");
    }
    if (signatures.isEmpty() || signatures.size() > MAX_SIGNATURES) {
      throw Texts.malformed(WHAT, "it has " + signatures.size() + " signatures");
    }
  }

  /** Returns the text signed by every signer. */
  public static SignedNote sign(String text, List<NoteSigner> signers) {
    return new SignedNote(text, signers.stream().map(s -> s.sign(text)).toList());
  }

  /**
   * Reads a note.
   *
   * @throws DroverException {@code LIMIT_EXCEEDED} above {@link #MAX_BYTES}, {@code
   *     MESSAGE_MALFORMED} for bytes of another form
   */
  public static SignedNote parse(byte[] note) {
    String all = Texts.utf8(note, MAX_BYTES, WHAT);
    // The last blank line separates: a text may hold blank lines, signatures may not.
    int blank = all.lastIndexOf("\n\n");
    if (blank < 0 || !all.endsWith("\n")) {
      throw Texts.malformed(WHAT, "it has no signatures");
    }
    List<NoteSignature> signatures = new ArrayList<>();
    for (String line : all.substring(blank + 2).split("\n", MAX_SIGNATURES + 2)) {
      if (!line.isEmpty()) {
        signatures.add(NoteSignature.parse(line));
      }
    }
    return new SignedNote(all.substring(0, blank + 1), signatures);
  }

  /** Returns the note as text: text, blank line, signature lines. */
  public String format() {
    StringBuilder out = new StringBuilder(text).append('\n');
    signatures.forEach(s -> out.append(s.format()).append('\n'));
    return out.toString();
  }

  /** Returns the note's bytes. */
  public byte[] toBytes() {
    return format().getBytes(StandardCharsets.UTF_8);
  }

  /** Returns this note with more signatures below, for example of witnesses. */
  public SignedNote with(List<NoteSignature> more) {
    List<NoteSignature> all = new ArrayList<>(signatures);
    all.addAll(more);
    return new SignedNote(text, all);
  }

  /**
   * Returns which of the known keys signed the text. Lines of unknown keys are ignored.
   *
   * @throws DroverException {@code SIGNATURE_INVALID} if a line that claims a known key is not a
   *     signature of it, or if no known key signed
   */
  public List<VerifierKey> verify(Collection<VerifierKey> known) {
    List<VerifierKey> signed = new ArrayList<>();
    for (NoteSignature line : signatures) {
      for (VerifierKey key : known) {
        if (key.claims(line)) {
          if (!key.verifies(text, line)) {
            throw new DroverException(
                ErrorCode.SIGNATURE_INVALID, "The note's signature by " + line + " is not valid.");
          }
          if (!signed.contains(key)) {
            signed.add(key);
          }
        }
      }
    }
    if (signed.isEmpty()) {
      throw new DroverException(
          ErrorCode.SIGNATURE_INVALID, "The note carries no signature of a known key.");
    }
    return List.copyOf(signed);
  }
}
