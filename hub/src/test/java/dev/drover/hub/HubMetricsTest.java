package dev.drover.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.testkit.Promtool;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.Role;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubMetricsTest {
  @TempDir private static Path directory;
  private static HubFixture hub;

  @BeforeAll
  static void start() {
    hub = HubFixture.withoutBroker(directory);
    var unused =
        hub.as(Role.ADMIN)
            .calls()
            .createToken(CreateTokenRequest.newBuilder().setDevice("cam-0").build());
  }

  @AfterAll
  static void stop() {
    hub.close();
  }

  @Test
  void metrics_satisfyPrometheus() throws Exception {
    Promtool.check(scrape());
  }

  @Test
  void metrics_sayWhatTheHubDoes() throws Exception {
    String text = scrape();
    for (String line :
        new String[] {
          "drover_engine_up 1.0",
          "drover_broker_up 0.0",
          "drover_devices{state=\"invited\"} 1.0",
          "drover_devices{state=\"online\"} 0.0",
          "drover_jobs{state=\"running\"} 0.0",
          "drover_executions{state=\"in_flight\"} 0.0",
          "drover_broker_messages_total{direction=\"in\"} 0.0",
          "drover_broker_queue_bytes{direction=\"out\"} 0.0",
          "drover_chunk_wants_total{result=\"miss\"} 0.0",
          "drover_engine_refused_total 0.0",
          "drover_engine_dropped_total 0.0"
        }) {
      assertTrue(text.contains("\n" + line + "\n"), line + " is not in " + text);
    }
    assertTrue(value(text, "drover_engine_commit_seconds_count") > 0);
    assertTrue(
        value(text, "drover_engine_group_events_sum")
            >= value(text, "drover_engine_group_events_count"));
    assertEquals(
        value(text, "drover_engine_commit_seconds_count"),
        value(text, "drover_engine_group_bytes_count"));
    assertTrue(
        value(text, "drover_engine_group_bytes_sum")
            > value(text, "drover_engine_group_bytes_count"));
    assertTrue(value(text, "drover_audit_log_entries") > 0);
    assertTrue(value(text, "jvm_memory_used_bytes{area=\"heap\"") > 0);
  }

  private static String scrape() throws Exception {
    HttpResponse<String> answer = hub.get(Role.VIEWER, "/metrics");
    assertEquals(200, answer.statusCode());
    assertEquals(
        "text/plain; version=0.0.4; charset=utf-8",
        answer.headers().firstValue("content-type").orElseThrow());
    return answer.body();
  }

  /** Returns the value of the first sample that starts so. */
  private static double value(String text, String start) {
    String line = text.lines().filter(sample -> sample.startsWith(start)).findFirst().orElseThrow();
    return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
  }
}
