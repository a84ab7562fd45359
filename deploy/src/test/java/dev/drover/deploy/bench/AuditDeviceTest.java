package dev.drover.deploy.bench;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.drover.hub.HubFixture;
import dev.drover.hub.cli.HubConnection;
import dev.drover.v1.AuditEntry;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.Role;
import dev.drover.v1.TailAuditRequest;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device of the benchmark does all that its figure says. */
class AuditDeviceTest {
  private static final int RECORDS = 192;

  @TempDir private Path directory;

  @Test
  void records_areDurableOnTheDevice_thenInTheLog_andThenReceipted() throws Exception {
    Clock clock = Clock.systemUTC();
    try (HubFixture hub = HubFixture.start(directory.resolve("hub"), Map.of("broker.port", "0"))) {
      HubConnection admin = hub.as(Role.ADMIN);
      CreateTokenRequest request = CreateTokenRequest.newBuilder().setDevice("audited").build();
      String token = admin.calls().createToken(request).getToken();
      try (AuditDevice device =
          new AuditDevice(
              BenchDevices.identity(token, clock),
              directory.resolve("device"),
              clock,
              System::nanoTime)) {
        Commits before = device.commits();
        device.record(RECORDS);
        Commits made = device.commits().since(before);
        assertTrue(made.count() > 0 && made.bytes() > RECORDS * 100L, made::toString);
        await().atMost(60, TimeUnit.SECONDS).until(() -> device.pending() == 0);
        assertEquals(List.of(64, 64, 64), batches(admin));
      }
    }
  }

  /** Returns how many commitments each batch in the log holds. */
  private static List<Integer> batches(HubConnection admin) throws InvalidProtocolBufferException {
    List<Integer> batches = new ArrayList<>();
    Iterator<AuditEntry> entries = admin.calls().tailAudit(TailAuditRequest.getDefaultInstance());
    while (entries.hasNext()) {
      AuditLeaf leaf = AuditLeaf.parseFrom(entries.next().getLeaf());
      if (leaf.hasDevice()) {
        BatchStatement statement = BatchStatement.parseFrom(leaf.getDevice().getStatement());
        batches.add(statement.getCommitmentsCount());
      }
    }
    return batches;
  }
}
