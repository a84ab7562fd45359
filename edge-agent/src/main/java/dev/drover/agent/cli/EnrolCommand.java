package dev.drover.agent.cli;

import dev.drover.agent.config.AgentPlaces;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.config.Places;
import dev.drover.crypto.DurableFiles;
import dev.drover.engine.StoreDirectory;
import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code drover enrol}. */
@Command(
    name = "enrol",
    mixinStandardHelpOptions = true,
    description = "Make this machine a device of a hub, with a token that the operator made.",
    footer = {
      "",
      "Examples:",
      "  drover enrol --token-file node-a.token",
      "  ssh hub drover device token node-a | drover enrol --token-file -"
    })
public final class EnrolCommand implements Callable<Integer> {
  private static final int TOKEN_BYTES_MAX = 16 * 1024;

  /** Enrols a device and makes the result durable. */
  @FunctionalInterface
  public interface Enroller {
    /**
     * Enrols.
     *
     * @param dataDir the agent's data directory
     * @param token as the operator gave it
     * @param releaseRoot a release root that the owner gives, instead of the hub's
     * @param proxy {@code host:port} of an HTTP proxy, or empty
     */
    DeviceIdentity enrol(Path dataDir, String token, Optional<byte[]> releaseRoot, String proxy);
  }

  private final Enroller enroller;
  private final InputStream in;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "The agent's data directory; $DROVER_AGENT_DATA or ~/.drover/agent if not given.")
  private @Nullable Path data;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      required = true,
      description = "File that holds the token; - for standard input.")
  private String tokenFile = "";

  @Option(
      names = "--release-root",
      paramLabel = "FILE",
      description = "Root document of your releases, to trust instead of the hub's.")
  private @Nullable Path releaseRoot;

  @Option(
      names = "--proxy",
      paramLabel = "HOST:PORT",
      defaultValue = "",
      description = "HTTP proxy towards the hub.")
  private String proxy = "";

  /**
   * Makes the command.
   *
   * @param in standard input
   */
  public EnrolCommand(Enroller enroller, InputStream in) {
    this.enroller = enroller;
    this.in = in;
  }

  @Override
  public Integer call() {
    Path directory = data == null ? Places.agentData(System.getenv()) : data;
    Optional<byte[]> root =
        Optional.ofNullable(releaseRoot).map(file -> file(file, Limits.TUF_ROOT_BYTES_MAX));
    DeviceIdentity identity = enroller.enrol(directory, token(), root, proxy);
    boolean runs = StoreDirectory.isHeld(AgentPlaces.store(directory));
    String next =
        runs
            ? "An agent runs here: start it again, then it uses this."
            : "Run it: drover agent run --data " + directory;
    Terminal.system().out().println("Enrolled as " + identity.device() + ". " + next);
    return 0;
  }

  private String token() {
    byte[] text =
        tokenFile.equals("-") ? standardInput() : file(Path.of(tokenFile), TOKEN_BYTES_MAX);
    return new String(text, StandardCharsets.US_ASCII);
  }

  private byte[] standardInput() {
    try {
      return in.readNBytes(TOKEN_BYTES_MAX);
    } catch (IOException closed) {
      throw new DroverException(ErrorCode.TOKEN_INVALID, "Standard input cannot be read.", closed);
    }
  }

  private static byte[] file(Path file, int bytesMax) {
    return DurableFiles.readBounded(file, bytesMax)
        .orElseThrow(
            () -> new DroverException(ErrorCode.NOT_FOUND, "There is no file " + file + "."));
  }
}
