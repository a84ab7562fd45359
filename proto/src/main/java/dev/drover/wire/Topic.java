package dev.drover.wire;

/**
 * A topic of {@code drover/v1/<tenant>/}, parsed.
 *
 * <p>Two topics are equal exactly when their names are: each has one spelling only. {@link Topics}
 * makes and parses the names.
 */
public sealed interface Topic {
  /** Returns the tenant whose topic it is. */
  String tenant();

  /** What a device and the hub say to each other, one topic each. */
  enum Channel {
    /** Hub to device: commands and leases. */
    CMD("cmd"),
    /** Device to hub: execution reports, chunk wants, receipts. */
    EVT("evt"),
    /** Device to hub: audit batches. */
    AUDIT("audit"),
    /** Device to hub: whether it is there; also its last will. The only one that is retained. */
    PRESENCE("presence");

    private final String word;

    Channel(String word) {
      this.word = word;
    }

    /** Returns the last level of the topic name. */
    public String word() {
      return word;
    }
  }

  /** {@code d/<device>/<channel>}. */
  record OfDevice(String tenant, String device, Channel channel) implements Topic {
    /** Checks both names. */
    public OfDevice {
      Ids.requireId("A tenant name", tenant);
      Ids.requireDevice(device);
    }
  }

  /** {@code repo/root/<version>}: one version of the root of trust, retained for ever. */
  record OfRoot(String tenant, long version) implements Topic {
    /** Checks the tenant and that the version is positive. */
    public OfRoot {
      Ids.requireId("A tenant name", tenant);
      Topics.requireVersion(version);
    }
  }

  /** {@code repo/timestamp}: the newest timestamp metadata, retained. */
  record OfTimestamp(String tenant) implements Topic {
    /** Checks the tenant. */
    public OfTimestamp {
      Ids.requireId("A tenant name", tenant);
    }
  }

  /** {@code repo/meta/<version>/<role>}: one version of a role's metadata, retained. */
  record OfMeta(String tenant, long version, String role) implements Topic {
    /** Checks the tenant, that the version is positive and the length of the role. */
    public OfMeta {
      Ids.requireId("A tenant name", tenant);
      Topics.requireVersion(version);
      Topics.requireRole(role);
    }
  }

  /**
   * {@code repo/chunk/<sha256>}: a piece of content under the name of its hash, retained a while.
   */
  record OfChunk(String tenant, String sha256) implements Topic {
    /** Checks the tenant and that the hash is 64 lower-case hexadecimal digits. */
    public OfChunk {
      Ids.requireId("A tenant name", tenant);
      Topics.requireSha256(sha256);
    }
  }
}
