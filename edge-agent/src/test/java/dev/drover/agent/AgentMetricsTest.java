package dev.drover.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.testkit.LiveJvm;
import dev.drover.testkit.Promtool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentMetricsTest {
  @TempDir private Path directory;

  @Test
  void metrics_whenSwitchedOn_areServedOnLoopback_andSatisfyPrometheus() throws Exception {
    int port = freePort();
    try (LiveJvm agent =
        LiveJvm.start(
            directory,
            Main.class,
            "agent",
            "run",
            "--data",
            directory.resolve("agent").toString(),
            "--set",
            "metrics.enabled=true",
            "--set",
            "metrics.port=" + port)) {
      agent.awaitLine("The agent is ready."::equals);
      HttpResponse<String> answer = send(port, "/metrics", "GET");
      assertEquals(200, answer.statusCode());
      String text = answer.body();
      for (String line :
          new String[] {
            "drover_engine_up 1.0",
            "drover_hub_up 0.0",
            "drover_model_loaded 0.0",
            "drover_answer_budget_left 64.0",
            "drover_egress_refused_total 0.0",
            "drover_model_answer_tokens_total 0.0"
          }) {
        assertTrue(text.contains("\n" + line + "\n"), line + " is not in " + text);
      }
      assertEquals(404, send(port, "/", "GET").statusCode());
      assertEquals(405, send(port, "/metrics", "POST").statusCode());
      Promtool.check(text);
    }
  }

  private static HttpResponse<String> send(int port, String path, String method)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return probe.getLocalPort();
    }
  }
}
