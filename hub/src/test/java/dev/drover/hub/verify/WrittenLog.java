package dev.drover.hub.verify;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Ed25519;
import dev.drover.crypto.Hashes;
import dev.drover.envelope.AuditAuth;
import dev.drover.tlog.Checkpoint;
import dev.drover.tlog.EntryBundle;
import dev.drover.tlog.Merkle;
import dev.drover.tlog.NoteSigner;
import dev.drover.tlog.TileBuilder;
import dev.drover.tlog.TileId;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.BatchStatement;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubStatement;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A log written as a hub writes one, of whatever leaves a test wants, with true signatures. */
final class WrittenLog {
  static final NoteSigner LOG = NoteSigner.of("log.example/acme", seed("log"));
  static final byte[] HUB = seed("hub");
  static final String TENANT = "acme";

  private final List<byte[]> leaves = new ArrayList<>();

  /** A device's chain of batches. */
  static final class Chain {
    final String device;
    final byte[] seed;
    long incarnation = 1;
    long batch;
    long seq;
    ByteString previous = ByteString.EMPTY;

    Chain(String device) {
      this.device = device;
      this.seed = seed(device);
    }

    /** Returns the next batch, with some records. */
    BatchStatement next(int records) {
      BatchStatement.Builder statement =
          BatchStatement.newBuilder()
              .setTenant(TENANT)
              .setDevice(device)
              .setIncarnation(incarnation)
              .setBatch(batch++)
              .setFirstSeq(seq)
              .setPreviousSha256(previous)
              .setTimeMs(1_800_000_000_000L);
      for (int i = 0; i < records; i++) {
        statement.addCommitments(ByteString.copyFrom(seed(device + seq++)));
      }
      BatchStatement next = statement.build();
      previous = ByteString.copyFrom(Hashes.sha256(next.toByteArray()));
      return next;
    }
  }

  static byte[] seed(String name) {
    return Hashes.sha256(name.getBytes(StandardCharsets.UTF_8));
  }

  WrittenLog leaf(AuditLeaf leaf) {
    leaves.add(leaf.toByteArray());
    return this;
  }

  WrittenLog hub(HubAction action, String subject) {
    return hub(
        HubStatement.newBuilder()
            .setTenant(TENANT)
            .setOperator("hub")
            .setAction(action)
            .setSubject(subject)
            .build());
  }

  WrittenLog hub(HubStatement statement) {
    return leaf(AuditLeaf.newBuilder().setHub(AuditAuth.sign(HUB, statement)).build());
  }

  WrittenLog enrolled(Chain chain) {
    return hub(
        HubStatement.newBuilder()
            .setTenant(TENANT)
            .setOperator("hub")
            .setAction(HubAction.DEVICE_ENROLLED)
            .setSubject(chain.device)
            .setAuditKey(ByteString.copyFrom(Ed25519.publicKey(chain.seed)))
            .build());
  }

  WrittenLog batch(Chain chain, BatchStatement statement) {
    return leaf(AuditLeaf.newBuilder().setDevice(AuditAuth.sign(chain.seed, statement)).build());
  }

  WrittenLog batch(Chain chain) {
    return batch(chain, chain.next(3));
  }

  /** Returns checkpoint, tiles and entries by their paths. */
  Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    TileBuilder builder = new TileBuilder();
    for (byte[] leaf : leaves) {
      builder
          .append(Merkle.leaf(leaf))
          .forEach(tile -> files.put(tile.id().path(), tile.toBytes()));
    }
    builder.partialTiles().forEach(tile -> files.put(tile.id().path(), tile.toBytes()));
    for (int first = 0; first < leaves.size(); first += TileId.FULL_WIDTH) {
      int width = Math.min(TileId.FULL_WIDTH, leaves.size() - first);
      files.put(
          TileId.entries(first / TileId.FULL_WIDTH, width).path(),
          EntryBundle.encode(leaves.subList(first, first + width)));
    }
    Checkpoint checkpoint = new Checkpoint(LOG.verifierKey().name(), leaves.size(), builder.root());
    files.put("checkpoint", checkpoint.sign(LOG).toBytes());
    return files;
  }

  AuditReport verify() {
    return verify(files());
  }

  static AuditReport verify(Map<String, byte[]> files) {
    Tiles.Parts parts = path -> Optional.ofNullable(files.get(path));
    return AuditVerifier.verify(
        parts.checkpoint(), LOG.verifierKey(), Ed25519.publicKey(HUB), parts.source());
  }
}
