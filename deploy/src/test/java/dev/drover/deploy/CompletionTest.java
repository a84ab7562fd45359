package dev.drover.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a shell proposes once it has read what {@code generate-completion} prints. */
class CompletionTest {
  private static final String ASK =
      """
      source "$0"
      COMP_WORDS=(drover "$@")
      COMP_CWORD=$#
      _complete_drover 2> /dev/null # it asks for what a live line alone has
      printf '%s\\n' "${COMPREPLY[@]}"
      """;

  @TempDir private Path directory;
  private Path script = Path.of("");

  @BeforeEach
  void generate() throws IOException {
    StringWriter printed = new StringWriter();
    CommandLine line = DroverCommand.line().setOut(new PrintWriter(printed));
    assertEquals(0, line.execute("generate-completion"));
    script = Files.writeString(directory.resolve("drover.bash"), printed.toString());
  }

  @Test
  void commandsAndOptions_thatBegin_areProposed() throws Exception {
    assertEquals(List.of("cancel"), proposed("job", "ca"));
    assertEquals(List.of("resume", "rollback", "run"), proposed("job", "r"));
    assertEquals(List.of("--json"), proposed("device", "ls", "--js"));
    assertTrue(proposed("agent", "").containsAll(List.of("run", "status", "consent")));
  }

  private List<String> proposed(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("bash", "-c", ASK, script.toString()));
    command.addAll(List.of(words));
    Process bash = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, bash.waitFor(), said);
    return Arrays.stream(said.split("\\s+", -1)).filter(word -> !word.isEmpty()).sorted().toList();
  }
}
