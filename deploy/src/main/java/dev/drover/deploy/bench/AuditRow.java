package dev.drover.deploy.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.crypto.Hashes;
import dev.drover.envelope.AuditAuth;
import dev.drover.v1.AuditReceipt;
import dev.drover.v1.AuditUpload;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.Command;
import dev.drover.v1.RecordCount;
import dev.drover.v1.RecordKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;

/** Audit entries per second, from a device's signed batch to the receipt of a durable leaf. */
final class AuditRow implements Row {
  private static final int DEVICES = 8;
  private static final int BATCHES = 100;
  private static final int WINDOW = 8;

  /** How long batches come at the pace of the budget, and how many batches a device has then. */
  private static final int PACED_SECONDS = 5;

  private static final int PACED_BATCHES = 20_000 / 64 / DEVICES * PACED_SECONDS;

  /** The same load before, so that its code is compiled. */
  private static final int WARM_UP_RUNS = 10;

  private static final int ENTRIES = 64;
  private static final double ENTRIES_PER_SECOND = 20_000;
  private static final double RECEIPT_MS = 250;

  @Override
  public String name() {
    return "audit";
  }

  /** One device: what it sends, how far it is, and the chain of its batches. */
  private static final class Sender {
    private final ConcurrentMap<Long, Long> sentAt = new ConcurrentHashMap<>();
    private List<AuditUpload> batches = List.of();
    private ByteString previous = ByteString.EMPTY;
    private long first;
    private long made;
    private long sent;
    private int window;
    private volatile long receipted;

    /** Signs the batches before the clock runs: that is the device's own work. */
    synchronized void prepare(DeviceIdentity identity, int count, long timeMs) {
      List<AuditUpload> uploads = new ArrayList<>();
      first = made;
      for (int i = 0; i < count; i++) {
        BatchStatement.Builder statement =
            BatchStatement.newBuilder()
                .setTenant(identity.tenant())
                .setDevice(identity.device())
                .setIncarnation(identity.incarnation())
                .setBatch(made)
                .setFirstSeq(made * ENTRIES)
                .setPreviousSha256(previous)
                .setTimeMs(timeMs)
                .addCounts(
                    RecordCount.newBuilder().setKind(RecordKind.TOOL_CALLED).setCount(ENTRIES));
        for (int entry = 0; entry < ENTRIES; entry++) {
          byte[] record = (identity.device() + made + "/" + entry).getBytes(UTF_8);
          statement.addCommitments(ByteString.copyFrom(Hashes.sha256(record)));
        }
        AuditUpload upload = AuditAuth.sign(identity.auditSeed(), statement.build());
        previous = ByteString.copyFrom(Hashes.sha256(upload.getStatement().toByteArray()));
        uploads.add(upload);
        made++;
      }
      batches = uploads;
    }

    /** Sets how many batches may be on their way. */
    synchronized Sender window(int batchesMax) {
      window = batchesMax;
      return this;
    }

    /** Sends as many as the window allows. */
    synchronized void send(Bench bench, BenchDevice device) {
      while (sent < made && sent - receipted < window) {
        sendOne(bench, device);
      }
    }

    synchronized void sendOne(Bench bench, BenchDevice device) {
      sentAt.put(sent, bench.nanoTime().getAsLong());
      var unused = device.audit(batches.get((int) (sent - first)));
      sent++;
    }

    synchronized void take(AuditReceipt receipt, long now, Histogram micros) {
      for (long batch = receipted; batch < receipt.getNextBatch(); batch++) {
        Long at = sentAt.remove(batch);
        if (at != null) {
          micros.recordValue(TimeUnit.NANOSECONDS.toMicros(now - at));
        }
      }
      receipted = Math.max(receipted, receipt.getNextBatch());
    }

    boolean isDone() {
      return receipted == made;
    }
  }

  @Override
  public List<Figure> run(Bench bench) throws IOException {
    List<Sender> senders = new ArrayList<>();
    for (int i = 0; i < DEVICES; i++) {
      senders.add(new Sender());
    }
    Histogram micros = new SynchronizedHistogram(3);
    Samples rate = new Samples();
    Samples disk = new Samples();
    Samples diskP99 = new Samples();
    List<BenchDevice> all = new CopyOnWriteArrayList<>();
    try (BenchHub hub = new BenchHub(bench, name());
        BenchDevices devices =
            new BenchDevices(
                bench,
                hub,
                DEVICES,
                (number, command) -> receipt(bench, senders, all, number, command, micros))) {
      all.addAll(devices.all());
      for (int run = -WARM_UP_RUNS; run < bench.runs(); run++) {
        bench.progress("audit: run " + (run + 1) + " of " + bench.runs());
        double seconds = saturate(bench, senders, devices);
        if (run >= 0) {
          Histogram syncs = Disk.syncs(bench.root(), bench.nanoTime());
          rate.add(DEVICES * BATCHES * ENTRIES / seconds);
          disk.add(Disk.perSecond(syncs));
          diskP99.add(syncs.getValueAtPercentile(99) / 1e3);
        }
      }
      micros.reset();
      for (int run = 0; run < bench.runs(); run++) {
        bench.progress("audit: at the budget's pace, run " + (run + 1) + " of " + bench.runs());
        paced(bench, senders, devices);
      }
    }
    return List.of(
        Figure.of("audit entries", rate, "1/s", "appends of 4 KiB, each synced", disk.median())
            .within(Budget.atLeast(ENTRIES_PER_SECOND)),
        new Figure(
            "audit receipt p99",
            micros.getValueAtPercentile(99) / 1e3,
            "ms",
            (int) micros.getTotalCount(),
            "p99 of an append of 4 KiB that is synced",
            diskP99.median(),
            Budget.atMost(RECEIPT_MS)));
  }

  /** Sends as fast as receipts allow; returns the seconds. */
  private static double saturate(Bench bench, List<Sender> senders, BenchDevices devices) {
    prepare(bench, senders, devices, BATCHES);
    long started = bench.nanoTime().getAsLong();
    for (int i = 0; i < DEVICES; i++) {
      senders.get(i).window(WINDOW).send(bench, devices.all().get(i));
    }
    bench.await("the receipts", 120, () -> senders.stream().allMatch(Sender::isDone));
    return bench.secondsSince(started);
  }

  /** Sends a batch when it is due, whatever was receipted: 20,000 entries a second in all. */
  private static void paced(Bench bench, List<Sender> senders, BenchDevices devices) {
    prepare(bench, senders, devices, PACED_BATCHES);
    senders.forEach(sender -> sender.window(0));
    long started = bench.nanoTime().getAsLong();
    for (int batch = 1; batch <= PACED_BATCHES; batch++) {
      for (int i = 0; i < DEVICES; i++) {
        double due = ((batch - 1) * DEVICES + i) * ENTRIES / ENTRIES_PER_SECOND;
        while (bench.secondsSince(started) < due) {
          Bench.pause(1);
        }
        senders.get(i).sendOne(bench, devices.all().get(i));
      }
    }
    bench.await("the receipts", 120, () -> senders.stream().allMatch(Sender::isDone));
  }

  private static void prepare(
      Bench bench, List<Sender> senders, BenchDevices devices, int batches) {
    for (int i = 0; i < DEVICES; i++) {
      senders.get(i).prepare(devices.all().get(i).identity(), batches, bench.clock().millis());
    }
  }

  private static void receipt(
      Bench bench,
      List<Sender> senders,
      List<BenchDevice> devices,
      int number,
      Command command,
      Histogram micros) {
    if (!command.hasAuditReceipt() || number >= devices.size()) {
      return;
    }
    Sender sender = senders.get(number);
    sender.take(command.getAuditReceipt(), bench.nanoTime().getAsLong(), micros);
    sender.send(bench, devices.get(number));
  }
}
