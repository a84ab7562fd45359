package dev.drover.agent.run;

import dev.drover.agent.core.NotesSource;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Notes that are text files ({@code .txt}, {@code .md}) of one directory, without its
 * subdirectories; links are not followed. Read anew each time, so that the owner may change them.
 * Blank files are none.
 */
public final class FolderNotes implements NotesSource {
  private static final int FILES_MAX = 1000;
  private static final int FILE_BYTES_MAX = 256 * 1024;
  private static final String BETWEEN = "\n\n";

  /** Tells the model, and who reads the record of a question, that a note goes on. */
  private static final String GOES_ON = "\n[...]";

  /** Of a note that is cut at least this much is taken: crumbs would pass for a note. */
  private static final int CUT_CHARS_MIN = 80;

  private final Path directory;

  private record Note(String head, String text) {
    int length() {
      return head.length() + text.length();
    }
  }

  /** Makes a source over a directory, which need not exist. */
  public FolderNotes(Path directory) {
    this.directory = directory;
  }

  @Override
  public String text(int charsMax) {
    List<String> taken = new ArrayList<>();
    int left = charsMax + BETWEEN.length();
    Note longer = null;
    int place = 0;
    for (Path file : files()) {
      Note note = new Note("[" + name(file) + "]\n", read(file));
      if (note.text().isEmpty()) {
        continue;
      }
      if (note.length() + BETWEEN.length() <= left) {
        taken.add(note.head() + note.text());
        left -= note.length() + BETWEEN.length();
      } else if (longer == null) {
        longer = note;
        place = taken.size();
      }
    }
    if (longer != null) {
      String head = longer.head();
      String begun = beginning(longer.text(), left - BETWEEN.length() - head.length());
      if (!begun.isEmpty()) {
        taken.add(place, head + begun);
      }
    }
    return String.join(BETWEEN, taken);
  }

  /**
   * Cuts a longer text after a line, or inside one that is too long; empty where that is little.
   */
  private static String beginning(String text, int charsMax) {
    int end = charsMax - GOES_ON.length();
    if (end < CUT_CHARS_MIN) {
      return "";
    }
    int line = text.lastIndexOf('\n', end);
    if (line >= CUT_CHARS_MIN) {
      end = line;
    } else if (Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end) + GOES_ON;
  }

  private List<Path> files() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(FolderNotes::isNote).sorted().limit(FILES_MAX).toList();
    } catch (IOException unreadable) {
      throw failed(unreadable);
    }
  }

  private static boolean isNote(Path file) {
    String name = name(file).toLowerCase(Locale.ROOT);
    return (name.endsWith(".txt") || name.endsWith(".md"))
        && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }

  private static String read(Path file) {
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      String text =
          new String(in.readNBytes(FILE_BYTES_MAX), StandardCharsets.UTF_8).stripLeading();
      // What is cut off here has a last character that may be half.
      return in.read() < 0 ? text.stripTrailing() : beginning(text, text.length());
    } catch (IOException unreadable) {
      throw failed(unreadable);
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static DroverException failed(IOException cause) {
    return new DroverException(ErrorCode.STORE_FAILED, "The notes cannot be read.", cause);
  }
}
