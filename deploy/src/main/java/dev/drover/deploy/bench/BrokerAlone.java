package dev.drover.deploy.bench;

import dev.drover.crypto.CertificateAuthority;
import dev.drover.crypto.KeyFiles;
import dev.drover.crypto.TlsMaterial;
import dev.drover.deploy.fleet.CheckFailed;
import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.enrol.HubKeys;
import dev.drover.hub.link.EmbeddedBroker;
import dev.drover.hub.link.EmbeddedBrokerConfig;
import dev.drover.wire.Identity;
import dev.drover.wire.Topic;
import dev.drover.wire.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

/**
 * The hub's broker without the hub, in this process, on the port and with the certificates of a hub
 * that is stopped: for each execution a message to a device, its answer and the receipt, with the
 * bytes that the hub's had, and nothing that is checked, decided or made durable in between.
 */
final class BrokerAlone implements AutoCloseable, BrokerLink.Listener {
  /** Messages of an execution: to the device, its answer, the receipt. */
  static final int MESSAGES = 3;

  private static final byte LEASE = 1;
  private static final byte RECEIPT = 2;
  private static final int SECONDS = 120;
  private static final Duration CERTIFICATE_LIFE = Duration.ofDays(1);

  private final Bench bench;
  private final List<BenchDevice> devices;
  private final BenchDevice.Sizes sizes;
  private final EmbeddedBroker broker;
  private final Topics topics;
  private final Histogram arrivals = new SynchronizedHistogram(3);
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger left = new AtomicInteger();
  private volatile int last;
  private volatile CompletableFuture<Boolean> over = new CompletableFuture<>();

  /** Starts it in the place of a stopped hub and has the devices connect. */
  BrokerAlone(Bench bench, BenchHub hub, BenchDevices devices) throws IOException {
    this.bench = bench;
    // Both ends of each connection are files of this process.
    int most = (Usage.openFilesMax() - Usage.OTHER_FILES) / 2;
    this.devices = devices.all().subList(0, Math.min(devices.all().size(), most));
    this.sizes = this.devices.get(0).sizes();
    String tenant = this.devices.get(0).identity().tenant();
    this.topics = new Topics(tenant);
    SecureRandom random = new SecureRandom();
    CertificateAuthority authority = HubKeys.loadAuthority(hub.keys(), random);
    KeyPair pair = KeyFiles.newP256(random);
    TlsMaterial server =
        new TlsMaterial(
            pair.getPrivate(),
            authority.issueServer(
                Identity.api(tenant),
                pair.getPublic(),
                bench.clock().instant(),
                CERTIFICATE_LIFE,
                List.of("localhost", "127.0.0.1")),
            authority.certificate());
    EmbeddedBrokerConfig config =
        EmbeddedBrokerConfig.of(
            tenant, "127.0.0.1", hub.brokerPort(), bench.root().resolve("broker-alone"));
    this.broker = new EmbeddedBroker(config, server, (identity, serial) -> false, random);
    broker.start(this);
    for (BenchDevice device : this.devices) {
      device.raw(payload -> received(device, payload));
    }
    devices.connect(this.devices);
  }

  @Override
  public void onConnected() {
    // There is nobody to tell.
  }

  /**
   * Does executions on devices in turn; returns the seconds they took.
   *
   * @param first number of the device that begins
   */
  double round(int first, int executions, int atATime) {
    if (executions == 0) {
      return 0;
    }
    begun.set(first);
    last = first + executions;
    left.set(executions);
    over = new CompletableFuture<>();
    long started = bench.nanoTime().getAsLong();
    for (int i = 0; i < atATime; i++) {
      next();
    }
    if (!over.completeOnTimeout(false, SECONDS, TimeUnit.SECONDS).join()) {
      throw new CheckFailed("Waited " + SECONDS + " s for the broker alone.");
    }
    return bench.secondsSince(started);
  }

  /** Returns how long the messages took to their devices, in milliseconds. */
  Histogram arrivals() {
    return arrivals;
  }

  private void next() {
    int number = begun.getAndIncrement();
    if (number < last) {
      BenchDevice device = devices.get(number % devices.size());
      send(device.identity().device(), LEASE, sizes.leaseBytes(), 1);
    }
  }

  private void send(String device, byte kind, int bytes, int qos) {
    byte[] payload = new byte[Math.max(bytes, 1 + Long.BYTES)];
    ByteBuffer.wrap(payload).put(kind).putLong(bench.clock().millis());
    broker
        .publish(topics.cmd(device), payload, false, qos)
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                throw new CheckFailed("The broker alone refused a message: " + failure);
              }
            });
  }

  private void received(BenchDevice device, byte[] payload) {
    ByteBuffer message = ByteBuffer.wrap(payload);
    if (message.get() == LEASE) {
      arrivals.recordValue(Math.max(0, bench.clock().millis() - message.getLong()));
      device.publishRaw(new byte[sizes.reportBytes()]);
    }
  }

  @Override
  public CompletionStage<Void> onDeviceMessage(
      String device, Topic.Channel channel, byte[] payload) {
    if (payload.length == sizes.reportBytes() && payload[0] == 0) {
      send(device, RECEIPT, sizes.receiptBytes(), 0);
      next();
      if (left.decrementAndGet() == 0) {
        over.complete(true);
      }
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void close() {
    broker.close();
  }
}
