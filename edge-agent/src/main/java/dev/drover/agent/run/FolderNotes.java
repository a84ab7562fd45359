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
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Notes that are text files ({@code .txt}, {@code .md}) of one directory, without its
 * subdirectories; links are not followed. Read anew each time, so that the owner may change them.
 */
public final class FolderNotes implements NotesSource {
  private static final int FILES_MAX = 1000;
  private static final int FILE_BYTES_MAX = 256 * 1024;

  private final Path directory;

  /** Makes a source over a directory, which need not exist. */
  public FolderNotes(Path directory) {
    this.directory = directory;
  }

  @Override
  public String text(int charsMax) {
    StringBuilder text = new StringBuilder();
    for (Path file : files()) {
      String note = "[" + name(file) + "]\n" + read(file).strip() + "\n\n";
      if (text.length() + note.length() > charsMax) {
        break;
      }
      text.append(note);
    }
    return text.toString().strip();
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
      return new String(in.readNBytes(FILE_BYTES_MAX), StandardCharsets.UTF_8);
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
