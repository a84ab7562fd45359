package dev.drover.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.testkit.Needs;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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

  /** Types on a line of a live zsh, presses the tab key, and prints what is then on the line. */
  private static final String TYPE =
      """
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell "autoload -U compinit; compinit -u -d $ZDOTDIR/dump; source $1"
      zpty -w shell 'show() { print -r -- "@""@$BUFFER@""@" }; zle -N show; bindkey "^X" show'
      zpty -w shell 'PS1="rea""dy "' # what is typed is shown too, and must not look like the answer
      zpty -r shell seen '*ready *'
      zpty -w -n shell "$2"$'\\t\\x18'
      zpty -r shell seen '*@@*@@*'
      print -r -- "${${seen#*@@}%%@@*}"
      zpty -d shell
      """;

  private static final long ZSH_SECONDS_MAX = 60;

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

  @Test
  void zsh_completesCommandsAndOptions() throws Exception {
    assertEquals("drover job cancel ", completed("drover job ca"));
    assertEquals("drover device ls --json ", completed("drover device ls --js"));
    assertEquals("drover generate-completion ", completed("drover gen"));
    assertEquals("drover job nothing", completed("drover job nothing"));
  }

  private String completed(String line) throws IOException, InterruptedException {
    Path type = Files.writeString(directory.resolve("type.zsh"), TYPE);
    ProcessBuilder builder =
        new ProcessBuilder(Needs.zsh().toString(), "-f", type.toString(), script.toString(), line);
    builder.environment().put("ZDOTDIR", directory.toString());
    builder.environment().put("HOME", directory.toString());
    builder.environment().put("TERM", "vt100");
    Process zsh = builder.redirectErrorStream(true).start();
    CompletableFuture.delayedExecutor(ZSH_SECONDS_MAX, TimeUnit.SECONDS)
        .execute(zsh::destroyForcibly);
    String said = new String(zsh.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, zsh.waitFor(), said);
    return said.substring(0, said.length() - 1);
  }
}
