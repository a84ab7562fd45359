package dev.drover.term;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import io.grpc.StatusRuntimeException;
import picocli.CommandLine;
import picocli.CommandLine.Help;

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

  private Failures() {}

  /** Sets the behaviour on a command line and all its subcommands, and returns it. */
  public static CommandLine install(CommandLine line) {
    Terminal terminal = Terminal.system();
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          DroverException known = known(failure);
          terminal.fail(known);
          return known.code().kind().exitCode();
        });
    line.setParameterExceptionHandler(
        (wrong, args) -> {
          DroverException known =
              new DroverException(ErrorCode.INVALID_ARGUMENT, String.valueOf(wrong.getMessage()));
          terminal.fail(known);
          CommandLine.UnmatchedArgumentException.printSuggestions(
              wrong, wrong.getCommandLine().getErr());
          wrong
              .getCommandLine()
              .getErr()
              .println(
                  "  usage: "
                      + wrong.getCommandLine().getCommandSpec().qualifiedName(" ")
                      + " --help");
          return known.code().kind().exitCode();
        });
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(false);
    line.setUsageHelpWidth(TextTable.WIDTH);
    line.setColorScheme(Help.defaultColorScheme(terminal.colour() ? Help.Ansi.ON : Help.Ansi.OFF));
    return line;
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
