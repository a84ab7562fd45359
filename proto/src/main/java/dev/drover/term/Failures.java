package dev.drover.term;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import io.grpc.StatusRuntimeException;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import java.util.logging.LogManager;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * How every command line ends: wrong arguments with 64 and the usage, failures with the exit code
 * of their kind, and each with a code, a cause and a next step.
 */
public final class Failures {
  /**
   * Exit code of a hub or an agent whose store failed while it ran ({@code EX_IOERR}). It ends so
   * that nothing is acknowledged that is not durable; a supervisor starts it again, after a pause.
   */
  public static final int STORE_EXIT_CODE = 74;

  private static final int SHOWN_CHARS = 60;
  private static final Pattern WHOLE_NUMBER = Pattern.compile("is not an? (int|long)$");

  private Failures() {}

  /** Sets the behaviour on a command line and all its subcommands, and returns it. */
  public static CommandLine install(CommandLine line) {
    // gRPC writes stack traces there; what a person needs to know is in the failure.
    LogManager.getLogManager().reset();
    return install(line, Terminal.system());
  }

  /**
   * Returns the exit code of a hub or an agent that could not start: a full disk ends it like a
   * store that failed while it ran, so that a supervisor starts it again until there is room.
   *
   * @throws DroverException the failure itself, where it is another one
   */
  public static int startFailed(DroverException failure, Terminal terminal) {
    if (failure.code() != ErrorCode.DISK_FULL) {
      throw failure;
    }
    terminal.fail(failure);
    return STORE_EXIT_CODE;
  }

  static CommandLine install(CommandLine line, Terminal terminal) {
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          DroverException known = known(failure);
          terminal.fail(known);
          return known.code().kind().exitCode();
        });
    line.setParameterExceptionHandler((wrong, args) -> wrongArguments(terminal, wrong));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(false);
    line.setUsageHelpWidth(TextTable.WIDTH);
    line.setColorScheme(Help.defaultColorScheme(terminal.colour() ? Help.Ansi.ON : Help.Ansi.OFF));
    return line;
  }

  private static int wrongArguments(Terminal terminal, ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    PrintWriter err = command.getErr();
    boolean incomplete = isIncomplete(wrong, command);
    String message =
        incomplete
            ? "Say what to do: " + String.join(", ", names(command)) + "."
            : message(wrong, command);
    DroverException known = new DroverException(ErrorCode.INVALID_ARGUMENT, message);
    if (incomplete) {
      command.usage(err);
      err.flush();
    }
    String help = command.getCommandSpec().qualifiedName(" ") + " --help";
    terminal.fail(known.withNextStep("See " + help + suggestion(wrong)));
    return known.code().kind().exitCode();
  }

  private static String message(ParameterException wrong, CommandLine command) {
    if (wrong instanceof UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().get(0);
      String shown = first.length() > SHOWN_CHARS ? first.substring(0, SHOWN_CHARS) + "…" : first;
      if (unmatched.isUnknownOption()) {
        return "There is no option " + shown + " here.";
      }
      return command.getSubcommands().isEmpty()
          ? "`" + shown + "` is one argument too many."
          : "There is no command `" + shown + "`.";
    }
    return WHOLE_NUMBER
        .matcher(String.valueOf(wrong.getMessage()))
        .replaceFirst("is no whole number");
  }

  private static boolean isIncomplete(ParameterException wrong, CommandLine command) {
    return !command.getSubcommands().isEmpty()
        && wrong.getClass() == ParameterException.class
        && String.valueOf(wrong.getMessage()).startsWith("Missing required subcommand");
  }

  private static Collection<String> names(CommandLine command) {
    return command.getSubcommands().keySet();
  }

  private static String suggestion(ParameterException wrong) {
    if (wrong instanceof UnmatchedArgumentException unmatched) {
      List<String> near = unmatched.getSuggestions();
      return near.isEmpty() ? "." : "; did you mean `" + String.join("` or `", near) + "`?";
    }
    return ".";
  }

  private static DroverException known(Throwable failure) {
    if (failure instanceof DroverException drover) {
      return drover;
    }
    if (failure instanceof StatusRuntimeException status) {
      return GrpcErrors.parse(status);
    }
    return new DroverException(ErrorCode.INTERNAL, "An unexpected failure: " + failure, failure);
  }
}
