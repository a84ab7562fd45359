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
    private volatile long receipted;

    /** Signs the batches before the clock runs: that is the device's own work. */
    void prepare(DeviceIdentity identity, long timeMs) {
      List<AuditUpload> uploads = new ArrayList<>();
      first = made;
      for (int i = 0; i < BATCHES; i++) {
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

    void send(Bench bench, BenchDevice device) {
      while (sent < made && sent - receipted < WINDOW) {
        sentAt.put(sent, bench.nanoTime().getAsLong());
        var unused = device.audit(batches.get((int) (sent - first)));
        sent++;
      }
    }

    void take(AuditReceipt receipt, long now, Histogram micros) {
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
      for (int run = 0; run <= bench.runs(); run++) {
        bench.progress("audit: run " + run + " of " + bench.runs());
        Histogram syncs = Disk.syncs(bench.root(), bench.nanoTime());
        for (int i = 0; i < DEVICES; i++) {
          senders.get(i).prepare(devices.all().get(i).identity(), bench.clock().millis());
        }
        micros.reset();
        long started = bench.nanoTime().getAsLong();
        for (int i = 0; i < DEVICES; i++) {
          synchronized (senders.get(i)) {
            senders.get(i).send(bench, devices.all().get(i));
          }
        }
        bench.await("the receipts", 120, () -> senders.stream().allMatch(Sender::isDone));
        if (run > 0) {
          rate.add(DEVICES * BATCHES * ENTRIES / bench.secondsSince(started));
          disk.add(Disk.perSecond(syncs));
          diskP99.add(syncs.getValueAtPercentile(99) / 1e3);
        }
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
    synchronized (sender) {
      sender.take(command.getAuditReceipt(), bench.nanoTime().getAsLong(), micros);
      sender.send(bench, devices.get(number));
    }
  }
}
