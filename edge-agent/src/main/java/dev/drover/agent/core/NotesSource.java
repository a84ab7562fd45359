package dev.drover.agent.core;

/** The owner's own notes, which never leave the device. */
@FunctionalInterface
public interface NotesSource {
  /**
   * Returns all notes as one text for a prompt: files in the order of their names, each under a
   * line with its name. Empty where there are none.
   *
   * @param charsMax most characters to return; what is beyond is left out, whole notes first
   * @throws dev.drover.wire.DroverException {@code STORE_FAILED} where they cannot be read
   */
  String text(int charsMax);
}
