package dev.drover.hub.link;

import dev.drover.crypto.DurableFiles;
import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Identity;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker link that also writes what it carries to a file: for an owner who wants to see what a
 * device sends. Each message is its topic, a line feed, its bytes as they were carried and a line
 * feed; chunks of content are left out.
 *
 * <p>The file is appended to and not synced. It stops growing at {@link #BYTES_MAX}, and a write
 * that fails ends the recording; the link goes on either way, and the log says so.
 */
public final class RecordingBrokerLink implements BrokerLink {
  /** Most bytes of a recording. */
  public static final long BYTES_MAX = 1L << 30;

  private static final Logger LOG = LoggerFactory.getLogger(RecordingBrokerLink.class);

  private final BrokerLink link;
  private final Topics topics;
  private final OutputStream out;
  private long written;
  private boolean ended;

  /**
   * Records what a link carries from now on.
   *
   * @param file made with mode 0600 where it is not there
   * @throws DroverException {@code STORE_FAILED} if the file cannot be written
   */
  public RecordingBrokerLink(BrokerLink link, Topics topics, Path file) {
    this.link = link;
    this.topics = topics;
    try {
      if (!Files.exists(file)) {
        DurableFiles.replace(file, new byte[0], DurableFiles.OWNER_ONLY);
      }
      this.out = Files.newOutputStream(file, StandardOpenOption.APPEND);
      this.written = Files.size(file);
    } catch (IOException failed) {
      throw new DroverException(
          ErrorCode.STORE_FAILED, "Cannot record the broker's traffic in " + file + ".", failed);
    }
  }

  @Override
  public void start(Listener listener) {
    link.start(
        new Listener() {
          @Override
          public CompletionStage<Void> onDeviceMessage(
              String device, Topic.Channel channel, byte[] payload) {
            record(topics.device(device, channel), payload);
            return listener.onDeviceMessage(device, channel, payload);
          }

          @Override
          public void onConnected() {
            listener.onConnected();
          }
        });
  }

  @Override
  public CompletionStage<Void> publish(String topic, byte[] payload, boolean retain, int qos) {
    if (!(Topics.parse(topic).orElse(null) instanceof Topic.OfChunk)) {
      record(topic, payload);
    }
    return link.publish(topic, payload, retain, qos);
  }

  private synchronized void record(String topic, byte[] payload) {
    byte[] name = topic.getBytes(StandardCharsets.US_ASCII);
    byte[] message = new byte[name.length + payload.length + 2];
    System.arraycopy(name, 0, message, 0, name.length);
    message[name.length] = '\n';
    System.arraycopy(payload, 0, message, name.length + 1, payload.length);
    message[message.length - 1] = '\n';
    if (ended) {
      return;
    }
    try {
      if (written + message.length > BYTES_MAX) {
        throw new IOException("the recording is full");
      }
      out.write(message);
      written += message.length;
    } catch (IOException failed) {
      ended = true;
      LOG.atWarn().addKeyValue("cause", failed.getMessage()).log("The recording of traffic ends");
    }
  }

  @Override
  public CompletionStage<Void> disconnect(Identity identity) {
    return link.disconnect(identity);
  }

  @Override
  public Health health() {
    return link.health();
  }

  @Override
  public void close() {
    link.close();
    try {
      out.close();
    } catch (IOException failed) {
      LOG.atWarn().addKeyValue("cause", failed.getMessage()).log("The recording did not close");
    }
  }
}
