package dev.drover.deploy.fleet;

import dev.drover.term.Terminal;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The directory of one run. It is gone when the run ends, and where the process is asked to end
 * before that (Ctrl-C, SIGTERM) so are the processes that the run started.
 */
public final class Workplace implements AutoCloseable {
  private static final long STOP_SECONDS = 15;
  private static final int SWEEPS_MAX = 10;

  private final Path root;
  private final Thread interrupted;

  private Workplace(Path root) {
    this.root = root;
    this.interrupted = new Thread(this::abandon, "workplace-end");
    Runtime.getRuntime().addShutdownHook(interrupted);
  }

  /** Makes a directory below another, which is made if it is absent. */
  public static Workplace create(Path parent, String name) throws IOException {
    Files.createDirectories(parent);
    return new Workplace(Files.createTempDirectory(parent, name));
  }

  /** Takes a directory that is there. */
  public static Workplace at(Path root) {
    return new Workplace(root);
  }

  /** Returns the directory. */
  public Path root() {
    return root;
  }

  /** The run goes on until its process ends, and may start more: so again until nothing is left. */
  private void abandon() {
    try {
      for (int i = 0; i < SWEEPS_MAX && (isBusy() || Files.exists(root)); i++) {
        sweep();
      }
    } catch (IOException left) {
      Terminal.system()
          .fail(
              new DroverException(
                  ErrorCode.STORE_FAILED, "Something is left in " + root + ".", left));
    }
  }

  private static boolean isBusy() {
    return ProcessHandle.current().children().findAny().isPresent();
  }

  private void sweep() throws IOException {
    List<ProcessHandle> all = ProcessHandle.current().descendants().toList();
    ProcessHandle.current().children().forEach(ProcessHandle::destroy);
    await(all);
    all.forEach(ProcessHandle::destroyForcibly);
    await(all);
    Machine.delete(root);
  }

  private static void await(List<ProcessHandle> processes) {
    CompletableFuture<?>[] ends =
        processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new);
    var unused =
        CompletableFuture.allOf(ends)
            .completeOnTimeout(null, STOP_SECONDS, TimeUnit.SECONDS)
            .join();
  }

  /** Keeps the directory, and the processes in it: the run is over. */
  public void keep() {
    try {
      var unused = Runtime.getRuntime().removeShutdownHook(interrupted);
    } catch (IllegalStateException ending) {
      // The hook runs already.
    }
  }

  @Override
  public void close() throws IOException {
    keep();
    Machine.delete(root);
  }
}
