package dev.drover.hub.cli;

import static dev.drover.testkit.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class PassphraseOptionTest {
  private static final String NOT_OPEN = "99999";

  @TempDir private Path directory;

  @Command(name = "asks")
  private static final class Asks {
    @Mixin PassphraseOption passphrase = new PassphraseOption();
  }

  /** A command on a terminal that asks for a new passphrase and says how long it is. */
  static final class Asking {
    private Asking() {}

    public static void main(String[] arguments) {
      try {
        System.out.println(option(arguments).useNew(secret -> secret.length) + " characters");
      } catch (DroverException refused) {
        System.out.println(refused.getMessage());
      }
    }
  }

  private static PassphraseOption option(String... arguments) {
    Asks asks = new Asks();
    var unused = new CommandLine(asks).parseArgs(arguments);
    return asks.passphrase;
  }

  private String read(String text) throws IOException {
    try (Descriptor descriptor = Descriptor.of(directory, text)) {
      return option("--passphrase-fd", descriptor.number()).use(String::new);
    }
  }

  @Test
  void passphrase_isWipedAfterItsUse() throws IOException {
    try (Descriptor descriptor = Descriptor.of(directory, "correct horse")) {
      List<char[]> kept = new ArrayList<>();
      var unused = option("--passphrase-fd", descriptor.number()).use(kept::add);
      assertArrayEquals(new char["correct horse".length()], kept.get(0));
    }
  }

  @Test
  void descriptor_isReadToItsEnd_withoutTheEndOfItsLine() throws IOException {
    assertEquals("correct horse", read("correct horse"));
    assertEquals("correct horse", read("correct horse\n"));
    assertEquals("correct horse ", read("correct horse \r\n"));
    assertEquals("p\u00e4ss\u20acword", read("p\u00e4ss\u20acword\n"));
    assertEquals("", read(""));
    assertEquals("", read("\n"));
  }

  @Test
  void descriptor_forANewPassphrase_isReadOnce() throws IOException {
    try (Descriptor descriptor = Descriptor.of(directory, "correct horse\n")) {
      PassphraseOption option = option("--passphrase-fd", descriptor.number());
      assertEquals("correct horse", option.useNew(String::new));
    }
  }

  @Test
  void descriptor_withTooMuch_isRefused_notCutOff() throws IOException {
    String longest = "x".repeat(1024);
    assertEquals(longest, read(longest + "\r\n"));
    for (String more : new String[] {"x", "xyz", "\n\n\n", "x".repeat(100_000)}) {
      assertRefused(ErrorCode.LIMIT_EXCEEDED, () -> read(longest + more));
    }
  }

  @Test
  void descriptor_withoutAnEnd_isReadNoFurtherThanItsBound() throws IOException {
    try (InputStream zeros = Files.newInputStream(Path.of("/dev/zero"))) {
      InputStream before = System.in;
      System.setIn(zeros);
      try {
        assertRefused(
            ErrorCode.LIMIT_EXCEEDED, () -> option("--passphrase-fd", "0").use(String::new));
      } finally {
        System.setIn(before);
      }
    }
  }

  @Test
  void descriptorZero_isStandardInput() {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream("correct horse\n".getBytes(StandardCharsets.UTF_8)));
    try {
      assertEquals("correct horse", option("--passphrase-fd", "0").use(String::new));
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void descriptor_thatIsNotOpen_isNamed() {
    PassphraseOption option = option("--passphrase-fd", NOT_OPEN);
    assertTrue(
        assertRefused(ErrorCode.NOT_FOUND, () -> option.use(String::new)).contains(NOT_OPEN));
    assertTrue(
        assertRefused(ErrorCode.NOT_FOUND, () -> option.useNew(String::new)).contains(NOT_OPEN));
  }

  @Test
  void passphrase_isNoArgument() {
    for (String[] words :
        new String[][] {
          {"--passphrase", "correct horse"}, {"correct horse"}, {"--passphrase-fd", "correct"}
        }) {
      assertThrows(ParameterException.class, () -> option(words));
    }
  }

  @Test
  void prompt_withoutATerminal_saysWhatToUse() {
    String why = assertRefused(ErrorCode.INVALID_ARGUMENT, () -> option().use(String::new));
    assertTrue(why.contains("--passphrase-fd"), why);
  }

  @Test
  void prompt_asksTwice_andShowsNothingOfIt() throws Exception {
    assertTrue(typed("correct horse", "correct horse").contains("13 characters"));
    assertTrue(typed("correct horse", "korrect horse").contains("The two passphrases differ."));
  }

  /** Types answers on a terminal, each after its question, and returns all that it showed. */
  private String typed(String first, String second) throws IOException, InterruptedException {
    Process terminal = OnTerminal.start(directory, Asking.class, Map.of());
    try (InputStream screen = terminal.getInputStream();
        OutputStream keys = terminal.getOutputStream()) {
      StringBuilder shown = new StringBuilder();
      shown.append(until(screen, "New passphrase for the offline key: "));
      type(keys, first);
      shown.append(until(screen, "Again: "));
      type(keys, second);
      shown.append(new String(screen.readAllBytes(), StandardCharsets.UTF_8));
      assertEquals(0, terminal.waitFor(), shown::toString);
      assertFalse(shown.toString().contains("horse"), shown::toString);
      return shown.toString();
    }
  }

  private static void type(OutputStream keys, String line) throws IOException {
    keys.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    keys.flush();
  }

  private static String until(InputStream in, String wanted) throws IOException {
    StringBuilder seen = new StringBuilder();
    while (seen.indexOf(wanted) < 0) {
      int next = in.read();
      assertTrue(next >= 0, () -> "It ended with: " + seen);
      seen.append((char) next);
    }
    return seen.toString();
  }
}
