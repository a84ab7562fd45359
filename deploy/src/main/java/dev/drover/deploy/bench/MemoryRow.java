package dev.drover.deploy.bench;

import com.google.protobuf.Struct;
import dev.drover.agent.cli.AgentConnection;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.v1.CallToolRequest;
import dev.drover.wire.DroverException;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Memory of an idle agent and an idle hub, and how long both take until they answer. */
final class MemoryRow implements Row {
  private static final String DEVICE = "bench-1";
  private static final String BULK = "agent memory in a download";
  private static final int READY_SECONDS = 60;
  private static final double AGENT_MB = 80;
  private static final double AGENT_BULK_MB = 140;
  private static final double AGENT_SECONDS = 1.5;
  private static final double HUB_MB = 300;
  private static final double HUB_SECONDS = 4;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    Samples bareReady = new Samples();
    Process bare = startBare(bench, bareReady);
    try (BenchHub hub = new BenchHub(bench, name())) {
      hub.stop();
      double unused = hub.start();
      settle(bench);
      Samples hubReady = new Samples();
      for (int i = 0; i < bench.runs(); i++) {
        bench.progress("memory: start of the hub " + (i + 1) + " of " + bench.runs());
        hub.stop();
        hubReady.add(hub.start());
      }
      Samples agentReady = startAgent(bench, hub);
      hub.awaitOnline(DEVICE);
      rest(bench);
      List<Samples> memory = List.of(new Samples(), new Samples(), new Samples());
      for (int i = 0; i < bench.runs(); i++) {
        memory.get(0).add(Usage.megabytes(bare.pid()));
        memory.get(1).add(Usage.megabytes(pid(hub, DEVICE)));
        memory.get(2).add(Usage.megabytes(pid(hub, BenchHub.HUB)));
        Bench.pause(1000);
      }
      String peer = "memory (PSS) of a Java process that does nothing, same flags";
      String ready = "seconds until a Java process that does nothing says so";
      double bareMemory = memory.get(0).median();
      double bareSeconds = bareReady.median();
      List<Figure> figures = new ArrayList<>();
      figures.add(
          Figure.of("agent idle memory", memory.get(1), "MB", peer, bareMemory)
              .within(Budget.atMost(AGENT_MB)));
      figures.add(bulk(bench, hub, peer, bareMemory));
      figures.add(
          Figure.of("agent start to tool", agentReady, "s", ready, bareSeconds)
              .within(Budget.atMost(AGENT_SECONDS)));
      figures.add(
          Figure.of("hub idle memory", memory.get(2), "MB", peer, bareMemory)
              .within(Budget.atMost(HUB_MB)));
      figures.add(
          Figure.of("hub start to ready", hubReady, "s", ready, bareSeconds)
              .within(Budget.atMost(HUB_SECONDS)));
      return figures;
    } finally {
      bare.destroyForcibly();
    }
  }

  /** The most that was seen, because what a device must have is that. */
  private static Figure bulk(Bench bench, BenchHub hub, String peer, double bare)
      throws IOException {
    try {
      Samples seen = BulkMemory.measure(bench, hub, DEVICE, pid(hub, DEVICE));
      return new Figure(BULK, seen.most(), "MB", seen.count(), peer, bare, null)
          .within(Budget.atMost(AGENT_BULK_MB));
    } catch (CheckFailed failed) {
      return Figure.failed(BULK, "not measured: " + failed.getMessage());
    }
  }

  /** Starts it several times and leaves the last one running. */
  private static Process startBare(Bench bench, Samples ready) throws IOException {
    Process bare = null;
    for (int i = 0; i < bench.runs(); i++) {
      if (bare != null) {
        bare.destroyForcibly();
      }
      long started = bench.nanoTime().getAsLong();
      bare = IdleProcess.start();
      if (bare.getInputStream().read() != 'r') {
        throw new CheckFailed("A Java process did not start.");
      }
      ready.add(bench.secondsSince(started));
    }
    if (bare == null) {
      throw new IllegalArgumentException("No runs.");
    }
    return bare;
  }

  /** The launcher lays out class data at the second start of a build, beside a hub that starts. */
  private static void settle(Bench bench) {
    bench.await(
        "the launcher to lay out class data",
        READY_SECONDS,
        () ->
            ProcessHandle.allProcesses()
                .noneMatch(
                    process -> process.info().commandLine().orElse("").contains("-Xshare:dump")));
  }

  /** Starts the agent twice to warm up, then as often as is measured; the last one stays. */
  private static Samples startAgent(Bench bench, BenchHub hub) throws IOException {
    hub.enrol(DEVICE);
    Samples ready = new Samples();
    Path socket = hub.processes().directory(DEVICE).resolve("run").resolve("agent.sock");
    for (int i = -1; i <= bench.runs(); i++) {
      bench.progress("memory: start of the agent " + Math.max(0, i) + " of " + bench.runs());
      hub.processes().stop(DEVICE);
      Files.deleteIfExists(socket);
      long started = bench.nanoTime().getAsLong();
      hub.startAgent(DEVICE);
      bench.await("the agent's first tool call", READY_SECONDS, () -> calls(socket));
      if (i > 0) {
        ready.add(bench.secondsSince(started));
      }
    }
    return ready;
  }

  private static boolean calls(Path socket) {
    if (Files.notExists(socket)) {
      return false;
    }
    CallToolRequest request =
        CallToolRequest.newBuilder()
            .setName("device.status")
            .setArguments(Struct.getDefaultInstance())
            .build();
    try (AgentConnection agent = new AgentConnection(socket)) {
      return agent.work().callTool(request).hasResult();
    } catch (DroverException | StatusRuntimeException notYet) {
      return false;
    }
  }

  private static void rest(Bench bench) {
    for (int left = bench.idleSeconds(); left > 0; left -= Math.min(left, 10)) {
      bench.progress("memory: idle for another " + left + " s");
      Bench.pause(Math.min(left, 10) * 1000L);
    }
  }

  private static long pid(BenchHub hub, String part) {
    return hub.processes()
        .process(part)
        .orElseThrow(() -> new CheckFailed(part + " is not running."))
        .pid();
  }
}
