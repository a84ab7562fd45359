package dev.drover.agent.sense;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.v1.NetworkCost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The network's cost by the files of a Linux, and a network manager that is a script. */
class NetworkMeterTest {
  private static final String HEAD =
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
  private static final long MINUTE_NANOS = 60_000_000_000L;

  @TempDir private Path system;
  private long nanos;

  @BeforeEach
  void prepare() throws IOException {
    Files.createDirectories(system.resolve("proc/net"));
    Files.createDirectories(system.resolve("usr/bin"));
  }

  private void route(String name) throws IOException {
    Files.writeString(
        system.resolve("proc/net/route"),
        HEAD
            + name
            + "\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
            + name
            + "\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
    Path folder = Files.createDirectories(system.resolve("sys/class/net").resolve(name));
    Files.writeString(folder.resolve("uevent"), "INTERFACE=" + name + "\n");
  }

  /** Has the manager say this, and note that it was asked. */
  private void manager(String says, int exitCode) throws IOException {
    Path program = system.resolve("usr/bin/nmcli");
    Files.writeString(
        program,
        "#!/bin/sh\necho \"$*\" >> "
            + system.resolve("asked")
            + "\necho '"
            + says
            + "'\nexit "
            + exitCode
            + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }

  private NetworkMeter meter(NetworkSetting setting) {
    return new NetworkMeter(system, setting, () -> nanos);
  }

  private NetworkCost auto() {
    return meter(NetworkSetting.AUTO).get();
  }

  @Test
  void machine_withoutARouteOrAManager_cannotTell() throws IOException {
    assertEquals(NetworkCost.NETWORK_UNKNOWN, auto());
    route("eth0");
    assertEquals(NetworkCost.NETWORK_UNKNOWN, auto());
    Files.writeString(system.resolve("proc/net/route"), HEAD + "short line\n\n");
    assertEquals(NetworkCost.NETWORK_UNKNOWN, auto());
  }

  @Test
  void modem_isMetered_withoutAskingAnybody() throws IOException {
    manager("no", 0);
    route("ppp0");
    assertEquals(NetworkCost.METERED, auto());
    route("wwan0");
    Files.writeString(system.resolve("sys/class/net/wwan0/uevent"), "DEVTYPE=wwan\nINDEX=3\n");
    assertEquals(NetworkCost.METERED, auto());
    assertEquals(false, Files.exists(system.resolve("asked")));
  }

  @Test
  void manager_isBelieved_alsoWhereItGuesses() throws IOException {
    route("wlan0");
    manager("yes (guessed)", 0);
    assertEquals(NetworkCost.METERED, auto());
    manager("no (guessed)", 0);
    assertEquals(NetworkCost.UNMETERED, auto());
    manager("unknown", 0);
    assertEquals(NetworkCost.NETWORK_UNKNOWN, auto());
    manager("no", 10);
    assertEquals(NetworkCost.NETWORK_UNKNOWN, auto());
    assertEquals(
        "-g GENERAL.METERED device show wlan0", Files.readAllLines(system.resolve("asked")).get(0));
  }

  @Test
  void manager_isAskedEveryFiveMinutes_andForAnotherInterfaceAtOnce() throws IOException {
    route("wlan0");
    manager("no", 0);
    NetworkMeter meter = meter(NetworkSetting.AUTO);
    assertEquals(NetworkCost.UNMETERED, meter.get());
    manager("yes", 0);
    nanos += 5 * MINUTE_NANOS - 1;
    assertEquals(NetworkCost.UNMETERED, meter.get());
    nanos++;
    assertEquals(NetworkCost.METERED, meter.get());
    route("eth0");
    manager("no", 0);
    assertEquals(NetworkCost.UNMETERED, meter.get());
    List<String> asked = Files.readAllLines(system.resolve("asked"));
    assertEquals(3, asked.size(), asked::toString);
  }

  @Test
  void nameOfAnInterface_thatIsNoName_isNotFollowed() throws IOException {
    manager("yes", 0);
    Files.writeString(
        system.resolve("proc/net/route"),
        HEAD + "../../x\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
    assertEquals(NetworkCost.NETWORK_UNKNOWN, auto());
  }

  @Test
  void ownersWord_winsOverWhatIsFound() throws IOException {
    route("ppp0");
    assertEquals(NetworkCost.UNMETERED, meter(NetworkSetting.UNMETERED).get());
    assertEquals(NetworkCost.METERED, meter(NetworkSetting.METERED).get());
  }
}
