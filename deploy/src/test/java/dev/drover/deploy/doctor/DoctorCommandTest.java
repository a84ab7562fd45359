package dev.drover.deploy.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.drover.term.Failures;
import dev.drover.term.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DoctorCommandTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @TempDir Path home;
  private Path hubConfig;

  @BeforeEach
  void freePorts() throws IOException {
    hubConfig = home.resolve("hub.conf");
    Files.writeString(
        hubConfig, "api.port = " + freePort() + "\nbroker.port = " + freePort() + "\n");
  }

  @Test
  void machine_withNothingOnIt_isShownInEightyColumns() {
    int code = run();
    assertTrue(printed().startsWith("This machine\n  ok    java"), printed());
    assertTrue(printed().contains("\nAgent\n  info  directory"), printed());
    assertTrue(printed().lines().allMatch(line -> line.length() <= 80), printed());
    assertEquals(printed().contains("FAIL") ? 1 : 0, code);
    assertTrue(Files.notExists(home.resolve(".drover")), "it made something");
  }

  @Test
  void wrongThing_isShownWithItsNextStep_andEndsWithOne() throws IOException {
    Path data = Files.createDirectories(home.resolve(".drover/agent"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertEquals(1, run());
    assertTrue(printed().contains("  FAIL  directory      PERMISSION_DENIED: "), printed());
    assertTrue(printed().contains("next: chmod 700"), printed());
    assertTrue(printed().contains(" wrong."), printed());
  }

  @Test
  void json_holdsTheSame() throws IOException {
    int code = run("--json");
    JsonNode report = new JsonMapper().readTree(printed());
    assertEquals(code == 0, report.path("ok").asBoolean());
    assertTrue(report.path("checks").size() > 10, printed());
    JsonNode first = report.path("checks").get(0);
    assertEquals("This machine", first.path("area").asText());
    assertEquals("java", first.path("name").asText());
    assertEquals("ok", first.path("level").asText());
  }

  @Test
  void configuration_withAnUnknownKey_isRefusedLikeAtAStart() throws IOException {
    Files.writeString(hubConfig, "api.prot = 1\n");
    assertEquals(64, run());
  }

  private int run(String... options) {
    PrintStream to = new PrintStream(printed, true, StandardCharsets.UTF_8);
    String[] all = new String[options.length + 2];
    all[0] = "--hub-config";
    all[1] = hubConfig.toString();
    System.arraycopy(options, 0, all, 2, options.length);
    Map<String, String> environment = Map.of("HOME", home.toString(), "PATH", "/usr/bin");
    DoctorCommand command =
        new DoctorCommand(
            environment, Clock.systemUTC(), new SecureRandom(), new Terminal(to, to, false));
    return Failures.install(new CommandLine(command)).execute(all);
  }

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
