package dev.drover.hub.cli;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.Console;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** Where a passphrase comes from: a prompt, or an open file descriptor; never an argument. */
final class PassphraseOption {
  private static final int CHARS_MAX = 1024;

  /** Ends of lines that may follow, and one more to see that there is too much. */
  private static final int READ_CHARS_MAX = CHARS_MAX + 3;

  @Option(
      names = "--passphrase-fd",
      paramLabel = "N",
      description = "Read the passphrase from this open file descriptor instead of asking.",
      defaultValue = "-1")
  private int descriptor;

  /** Asks for an existing passphrase, which is wiped after its use. */
  <T> T use(Function<char[], T> use) {
    return wiped(read(), use);
  }

  /** Asks for a new passphrase, twice on a terminal; it is wiped after its use. */
  <T> T useNew(Function<char[], T> use) {
    return wiped(readNew(), use);
  }

  private static <T> T wiped(char[] passphrase, Function<char[], T> use) {
    try {
      return use.apply(passphrase);
    } finally {
      Arrays.fill(passphrase, '\0');
    }
  }

  private char[] read() {
    return descriptor >= 0 ? readDescriptor() : prompt("Passphrase of the offline key: ");
  }

  private char[] readNew() {
    if (descriptor >= 0) {
      return readDescriptor();
    }
    char[] first = prompt("New passphrase for the offline key: ");
    char[] again = prompt("Again: ");
    boolean same = Arrays.equals(first, again);
    Arrays.fill(again, '\0');
    if (!same) {
      Arrays.fill(first, '\0');
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The two passphrases differ.");
    }
    return first;
  }

  @SuppressWarnings("SystemConsoleNull") // Later JDKs answer readPassword with null instead.
  private static char[] prompt(String text) {
    Console console = System.console();
    char[] answer = console == null ? null : console.readPassword("%s", text);
    if (answer == null) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "There is no terminal to ask for the passphrase; use --passphrase-fd.");
    }
    return answer;
  }

  private char[] readDescriptor() {
    try (InputStream in =
            descriptor == 0 ? System.in : new FileInputStream("/dev/fd/" + descriptor);
        Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
      char[] buffer = new char[READ_CHARS_MAX];
      try {
        return line(reader, buffer);
      } finally {
        Arrays.fill(buffer, '\0');
      }
    } catch (IOException unreadable) {
      throw new DroverException(
          ErrorCode.NOT_FOUND, "The descriptor " + descriptor + " cannot be read.", unreadable);
    }
  }

  private static char[] line(Reader reader, char[] buffer) throws IOException {
    int read = 0;
    for (int n = reader.read(buffer, 0, READ_CHARS_MAX);
        n > 0;
        n = reader.read(buffer, read, READ_CHARS_MAX - read)) {
      read += n;
    }
    int length = read;
    while (length > 0 && (buffer[length - 1] == '\n' || buffer[length - 1] == '\r')) {
      length--;
    }
    if (length > CHARS_MAX || read == READ_CHARS_MAX) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, "A passphrase has at most " + CHARS_MAX + " characters.");
    }
    return Arrays.copyOf(buffer, length);
  }
}
