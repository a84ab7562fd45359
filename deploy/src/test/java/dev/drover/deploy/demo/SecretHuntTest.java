package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.link.RecordingBrokerLink;
import dev.drover.wire.Identity;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/** What the search for the secret finds, and that a recording of traffic has what was said. */
class SecretHuntTest {
  private static final String SECRET = "zx1y2p0ij32e8e7qv";
  private static final String TARGET = "releases/hall/1.0.0.json";

  @TempDir private Path directory;
  private final SecretHunt hunt = new SecretHunt(SECRET);

  /** A way in which a text may lie in bytes. */
  enum Form {
    UTF_8,
    UTF_16LE,
    UTF_16BE,
    HEX,
    REVERSED,
    BASE64,
    BASE64_LATER,
    BASE64_LATER_STILL,
    SHA256,
    HEX_OF_SHA256;

    byte[] of(String text) {
      return switch (this) {
        case UTF_8 -> text.getBytes(StandardCharsets.UTF_8);
        case UTF_16LE -> text.getBytes(StandardCharsets.UTF_16LE);
        case UTF_16BE -> text.getBytes(StandardCharsets.UTF_16BE);
        case HEX -> ascii(Hashes.hex(ascii(text)));
        case REVERSED -> ascii(new StringBuilder(text).reverse().toString());
        case BASE64 -> base64("", text);
        case BASE64_LATER -> base64("a", text);
        case BASE64_LATER_STILL -> base64("ab", text);
        case SHA256 -> Hashes.sha256(ascii(text));
        case HEX_OF_SHA256 -> ascii(Hashes.hex(Hashes.sha256(ascii(text))));
      };
    }

    private static byte[] ascii(String text) {
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] base64(String before, String text) {
      return ascii(Base64.getEncoder().encodeToString(ascii(before + text + " and more")));
    }
  }

  /** Puts bytes between others, the same each time. */
  private static byte[] among(byte[] bytes) throws IOException {
    byte[] noise = new byte[500];
    new Random(1).nextBytes(noise);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(noise);
    all.write(bytes);
    all.write(noise);
    return all.toByteArray();
  }

  @ParameterizedTest
  @EnumSource
  void secret_inEachForm_isFound_andAnotherTextIsNot(Form form) throws IOException {
    assertTrue(hunt.isIn(among(form.of(SECRET))));
    assertFalse(hunt.isIn(among(form.of("zx1y2p0ij42e8e7qv"))));
  }

  @Test
  void secret_inAFileOrARow_isFound() throws Exception {
    Path files = Files.createDirectories(directory.resolve("hub/deep/down"));
    Files.write(files.resolve("nothing"), among(new byte[0]));
    assertFalse(hunt.isInFiles(directory.resolve("hub")));
    Files.write(files.resolve("something"), among(SECRET.getBytes(StandardCharsets.UTF_8)));
    assertTrue(hunt.isInFiles(directory.resolve("hub")));

    RocksDB.loadLibrary();
    Path store = directory.resolve("store");
    row(store, "key", "value");
    assertFalse(hunt.isInStore(store));
    row(store, "key", "a value with " + SECRET + " in it");
    assertTrue(hunt.isInStore(store));
  }

  private static void row(Path store, String key, String value) throws Exception {
    try (Options options = new Options().setCreateIfMissing(true);
        RocksDB database = RocksDB.open(options, store.toString())) {
      database.put(key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** A broker whose only device says what the test has it say. */
  private static final class OneDevice implements BrokerLink {
    private @Nullable Listener hub;

    @Override
    public void start(Listener listener) {
      hub = listener;
    }

    void says(byte[] payload) {
      if (hub != null) {
        var unused = hub.onDeviceMessage("press-1", Topic.Channel.EVT, payload);
      }
    }

    @Override
    public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> disconnect(Identity identity) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public Health health() {
      return new Health(true, 1, Flow.NONE, Flow.NONE);
    }

    @Override
    public void close() {}
  }

  /** Returns what is recorded of one message each way. */
  private byte[] recorded(byte[] fromDevice, byte[] fromHub) throws IOException {
    OneDevice device = new OneDevice();
    Topics topics = new Topics("default");
    try (RecordingBrokerLink link =
        new RecordingBrokerLink(device, topics, Tap.recording(directory))) {
      link.start((name, channel, payload) -> CompletableFuture.completedFuture(null));
      device.says(fromDevice);
      var unused = link.publish(topics.device("press-1", Topic.Channel.CMD), fromHub, false, 1);
    }
    return Tap.recorded(directory);
  }

  @Test
  void secret_inAMessageEitherWay_isInTheRecording() throws IOException {
    byte[] secret = among(SECRET.getBytes(StandardCharsets.UTF_8));
    byte[] other = among(new byte[0]);

    byte[] without = recorded(other, other);
    assertEquals(2, Tap.messages(without));
    assertFalse(hunt.isIn(without));
    assertTrue(hunt.isIn(recorded(secret, other)));
    Files.delete(Tap.recording(directory));
    assertTrue(hunt.isIn(recorded(other, secret)));
  }

  @Test
  void recording_withoutWhatWasSaid_isRefusedAsAControl() throws IOException {
    byte[] record = Hashes.sha256(new byte[] {7});
    Map<String, ByteString> answered = Map.of("press-1", ByteString.copyFrom(record));
    byte[] named = among(TARGET.getBytes(StandardCharsets.UTF_8));

    DemoAudit.requirePayloads(recorded(among(record), named), answered, TARGET);
    for (byte[][] lacking : new byte[][][] {{new byte[0], named}, {among(record), new byte[0]}}) {
      Files.delete(Tap.recording(directory));
      byte[] traffic = recorded(lacking[0], lacking[1]);
      assertThrows(CheckFailed.class, () -> DemoAudit.requirePayloads(traffic, answered, TARGET));
    }
  }
}
