package dev.drover.agent.core;

/** The owner's own notes, which never leave the device. */
@FunctionalInterface
public interface NotesSource {
  /**
   * Returns the notes as one text for a prompt: files in the order of their names, each under a
   * line with its name. What does not fit is left out: as many whole notes are taken as fit, in the
   * order of their names, and what room is left goes to the beginning of the first that did not.
   * Empty where there are none, or where next to nothing fits.
   *
   * @param charsMax most characters to return
   * @throws dev.drover.wire.DroverException {@code STORE_FAILED} where they cannot be read
   */
  String text(int charsMax);
}
