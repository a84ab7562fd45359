package dev.drover.deploy.bench;

import dev.drover.term.Failures;
import dev.drover.term.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code drover load} as it is typed. */
abstract class LoadCommandFixture {
  @TempDir Path directory;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final ByteArrayOutputStream failures = new ByteArrayOutputStream();
  private final PrintStream err = System.err;

  @BeforeEach
  void capture() {
    System.setErr(new PrintStream(failures, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setErr(err);
  }

  /** Runs the command; its directories are below {@link #cache}. */
  final int run(Map<String, String> environment, List<String> words) {
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    LoadCommand command =
        new LoadCommand(
            environment, Clock.systemUTC(), System::nanoTime, new Terminal(to, to, false));
    return Failures.install(new CommandLine(command)).execute(words.toArray(String[]::new));
  }

  final Path cache() {
    return directory.resolve("cache");
  }

  final String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** Returns the failure as one line. */
  final String said() {
    return failures.toString(StandardCharsets.UTF_8).replaceAll("\\s+", " ");
  }
}
