package dev.drover.hub.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.testkit.TestFleet;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MosquittoFilesTest {
  @TempDir Path directory;
  private final TestFleet fleet = new TestFleet();

  private MosquittoFiles created() {
    MosquittoFiles files = new MosquittoFiles(directory, TestFleet.TENANT, fleet.ca());
    files.create("127.0.0.1", 8883, List.of("broker.lan", "::1"), fleet.random(), fleet.now());
    return files;
  }

  private String text(String name) throws Exception {
    return Files.readString(directory.resolve(name));
  }

  @Test
  void create_writesAllThatTheConfigurationNames_theKeyForItsOwnerAlone() throws Exception {
    MosquittoFiles files = created();
    String config = Files.readString(files.config());
    for (String name : List.of("ca.pem", "server.pem", "server.key", "crl.pem", "acl")) {
      Path file = directory.resolve(name);
      assertTrue(Files.size(file) > 0, name);
      assertTrue(config.contains(file.toAbsolutePath().toString()), name);
    }
    assertEquals(
        PosixFilePermissions.fromString("rw-------"),
        Files.getPosixFilePermissions(directory.resolve("server.key")));
  }

  @Test
  void update_writesOnlyWhatChanged_andNewFilesKeepIt() throws Exception {
    MosquittoFiles files = created();
    assertFalse(files.update(List.of(), List.of(), fleet.now()), "nothing is revoked yet");
    List<BigInteger> serials = List.of(BigInteger.TEN, BigInteger.TWO);
    assertTrue(files.update(serials, List.of("lamp"), fleet.now()));
    String list = text("crl.pem");
    assertTrue(text("acl").contains("user lamp\ntopic deny #\n"));
    assertFalse(files.update(serials, List.of("lamp"), fleet.now()));
    assertEquals(list, text("crl.pem"));

    created();
    assertEquals(list, text("crl.pem"), "a new certificate forgives nobody");
    assertTrue(files.update(serials, List.of(), fleet.now()), "the device is enrolled again");
    assertFalse(text("acl").contains("lamp"));
  }
}
