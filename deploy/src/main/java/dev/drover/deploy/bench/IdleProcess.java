package dev.drover.deploy.bench;

import java.io.IOException;
import java.util.List;

/** A Java process that does nothing: what no agent and no hub can be below. */
public final class IdleProcess {
  private IdleProcess() {}

  /** Says that it is ready and waits for the end of its input. */
  public static void main(String[] arguments) throws IOException {
    System.out.println("ready");
    System.out.flush();
    while (System.in.read() >= 0) {
      Thread.onSpinWait();
    }
  }

  /** Starts one with the flags of an agent. */
  static Process start() throws IOException {
    return ProbeJvm.of(
            IdleProcess.class,
            List.of("-Xmx48m", "-Xss512k", "-XX:ReservedCodeCacheSize=32m"),
            List.of())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
