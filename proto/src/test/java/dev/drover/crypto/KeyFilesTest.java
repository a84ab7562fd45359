package dev.drover.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFilesTest {
  /** Made by {@code openssl genpkey -algorithm ed25519} and {@code openssl pkcs8 -topk8}. */
  private static final String OPENSSL_PLAIN =
      """
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEICeKy4vAyeIsfJNzbUGjOQFVwSlcpBeLethiGwqoJdAq
      -----END PRIVATE KEY-----
      """;

  private static final String OPENSSL_ENCRYPTED =
      """
      -----BEGIN ENCRYPTED PRIVATE KEY-----
      MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgVWCh+zXwf0AICA+gw
      DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEG5b64Hi0858TE5W/qFDmRoEQABB
      EN/x+P6YTz5YR0WF5XPOpn4GndgbW4UQ1DBvITIyJ7unUYcA2WjF8fmPa+qWjxfi
      GSUdgoJ6s0raywJZr1k=
      -----END ENCRYPTED PRIVATE KEY-----
      """;

  private final SecureRandom random = new SecureRandom();
  @TempDir Path directory;

  @Test
  void ed25519_writtenAndRead_isTheSameKeyOfMode0600() throws IOException {
    Path file = directory.resolve("online.pem");
    byte[] seed = Ed25519.newSeed(random);

    KeyFiles.writeEd25519(file, seed);

    assertArrayEquals(seed, KeyFiles.readEd25519(file));
    assertFalse(KeyFiles.isEncrypted(file));
    assertEquals(DurableFiles.OWNER_ONLY, Files.getPosixFilePermissions(file));
  }

  @Test
  void encryptedEd25519_rightPassphrase_opensAndWrongOneDoesNot() throws IOException {
    Path file = directory.resolve("offline.pem");
    byte[] seed = Ed25519.newSeed(random);

    KeyFiles.writeEncryptedEd25519(file, seed, "pässphrase".toCharArray(), random);

    assertArrayEquals(seed, KeyFiles.readEncryptedEd25519(file, "pässphrase".toCharArray()));
    assertTrue(KeyFiles.isEncrypted(file));
    assertEquals(DurableFiles.OWNER_ONLY, Files.getPosixFilePermissions(file));
    refused(() -> KeyFiles.readEncryptedEd25519(file, "passphrase".toCharArray()));
    refused(() -> KeyFiles.readEd25519(file));
  }

  @Test
  void encryptedEd25519_emptyPassphrase_isRefused() {
    Path file = directory.resolve("offline.pem");
    refused(() -> KeyFiles.writeEncryptedEd25519(file, new byte[32], new char[0], random));
    assertFalse(Files.exists(file));
  }

  @Test
  void ed25519_filesOfOpenssl_areRead() throws IOException {
    Path plain = Files.writeString(directory.resolve("plain.pem"), OPENSSL_PLAIN);
    Path sealed = Files.writeString(directory.resolve("sealed.pem"), OPENSSL_ENCRYPTED);

    byte[] seed = KeyFiles.readEd25519(plain);

    assertArrayEquals(seed, KeyFiles.readEncryptedEd25519(sealed, "secret".toCharArray()));
  }

  @Test
  void ed25519Public_pemAndHex_areTheSameKey() throws IOException {
    byte[] key = Ed25519.publicKey(Ed25519.newSeed(random));
    Path pem = directory.resolve("key.pub");
    Path hex = Files.writeString(directory.resolve("key.hex"), Hashes.hex(key) + "\n");

    KeyFiles.writeEd25519Public(pem, key);

    assertArrayEquals(key, KeyFiles.readEd25519Public(pem));
    assertArrayEquals(key, KeyFiles.readEd25519Public(hex));
    assertEquals(DurableFiles.PUBLIC, Files.getPosixFilePermissions(pem));
  }

  @Test
  void ed25519Public_somethingElse_isRefused() {
    refused(() -> KeyFiles.parseEd25519Public("00ff"));
    refused(() -> KeyFiles.parseEd25519Public("no hex at all"));
    refused(() -> KeyFiles.parseEd25519Public("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END"));
    refused(() -> KeyFiles.parseEd25519Public(new Pem("PUBLIC KEY", new byte[] {0x30, 0}).text()));
  }

  @Test
  void p256_writtenAndRead_hasBothHalves() {
    Path file = directory.resolve("tls.pem");
    KeyPair pair = KeyFiles.newP256(random);

    KeyFiles.writeP256(file, pair);
    KeyPair read = KeyFiles.readP256(file);

    assertEquals(pair.getPrivate(), read.getPrivate());
    assertEquals(pair.getPublic(), read.getPublic());
  }

  @Test
  void p256_otherKeyOrDamage_isRefused() throws IOException {
    Path file = directory.resolve("key.pem");
    KeyFiles.writeEd25519(file, Ed25519.newSeed(random));
    refused(() -> KeyFiles.readP256(file));

    Files.writeString(file, "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n");
    refused(() -> KeyFiles.readP256(file));
    Files.writeString(file, "nothing");
    refused(() -> KeyFiles.readP256(file));
  }

  @Test
  void read_absentFile_isNotFound() {
    DroverException failure =
        assertThrows(DroverException.class, () -> KeyFiles.readEd25519(directory.resolve("none")));
    assertEquals(ErrorCode.NOT_FOUND, failure.code());
  }

  private static void refused(Runnable action) {
    DroverException failure = assertThrows(DroverException.class, action::run);
    assertEquals(ErrorCode.INVALID_ARGUMENT, failure.code());
  }
}
