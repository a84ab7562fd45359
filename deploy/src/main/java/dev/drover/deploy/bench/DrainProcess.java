package dev.drover.deploy.bench;

import dev.drover.agent.identity.Enrolment;
import dev.drover.agent.identity.HubCalls;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.wire.EnrolmentToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A {@link ChunkDrain} in a process of its own with the flags of an agent. Not thread-safe. */
public final class DrainProcess implements AutoCloseable {
  private static final int SECONDS_MAX = 900;
  private static final int AGAIN_MS = 300;

  private final Process process;
  private final BufferedReader output;

  /**
   * Starts one; returns when it is connected.
   *
   * @param token for a device of its own
   * @param chunks file with the name of a chunk in each line
   */
  DrainProcess(String token, Path chunks) throws IOException {
    process =
        ProbeJvm.of(
                DrainProcess.class,
                List.of(
                    "-Xms12m", "-Xmn6m", "-Xmx48m", "-Xss512k", "-XX:ReservedCodeCacheSize=32m"),
                List.of(chunks.toString()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    say(token);
    expect("ready");
  }

  /** Begins to take chunks. */
  void go() throws IOException {
    say("go");
  }

  /** Waits until all chunks came and returns their bytes. */
  long bytes() throws IOException {
    return Long.parseLong(expect("bytes").split(" ", -1)[1]);
  }

  private void say(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  private String expect(String word) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(word)) {
        return line;
      }
    }
    throw new CheckFailed("The reader of chunks ended.");
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /**
   * Enrols with the token on the first line of the input, and drains at the second.
   *
   * @param arguments the file of chunks
   */
  public static void main(String[] arguments) throws Exception {
    Clock clock = Clock.systemUTC();
    SecureRandom random = new SecureRandom();
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    EnrolmentToken token = EnrolmentToken.parse(input.readLine());
    Enrolment enrolment = new Enrolment(new HubCalls(clock, ""), random, clock, ms -> {});
    var identity = enrolment.enrol(token, Optional.empty(), random.nextLong()).identity();
    BenchDevice control = new BenchDevice(identity, clock, command -> {});
    control.connect().join();
    ChunkDrain drain =
        new ChunkDrain(identity, control, Files.readAllLines(Path.of(arguments[0])), clock);
    drain.connect();
    System.out.println("ready");
    System.out.flush();
    if (input.readLine() != null) {
      System.out.println("bytes " + join(drain));
      System.out.flush();
    }
    Runtime.getRuntime().halt(0);
  }

  private static long join(ChunkDrain drain) throws ExecutionException, InterruptedException {
    CompletableFuture<Long> done = drain.start();
    for (int i = 0; i < SECONDS_MAX * 1000 / AGAIN_MS; i++) {
      try {
        return done.get(AGAIN_MS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException notYet) {
        drain.again();
      }
    }
    throw new CheckFailed("The chunks did not come.");
  }
}
