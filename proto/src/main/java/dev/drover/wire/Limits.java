package dev.drover.wire;

/**
 * Every limit of the wire and of stored documents, in one place: the sender asserts it before and
 * the receiver after. Lengths are bytes unless the name says otherwise; {@code Max} is inclusive.
 */
public final class Limits {
  /** Longest device, tenant or operator id, in characters. */
  public static final int NAME_CHARS_MAX = 63;

  /** Longest identifier made by the hub (job, execution), in characters. */
  public static final int ID_CHARS_MAX = 64;

  /** Most bytes of content in one chunk. */
  public static final int CHUNK_BYTES_MAX = 256 * 1024;

  /** Largest MQTT packet on any link: a chunk and its header. */
  public static final int PACKET_BYTES_MAX = CHUNK_BYTES_MAX + 4096;

  /** Largest serialized event of a device. */
  public static final int EVENT_BYTES_MAX = 64 * 1024;

  /** Most reports of one event. */
  public static final int REPORTS_PER_EVENT_MAX = 32;

  /** Largest serialized command to a device. */
  public static final int COMMAND_BYTES_MAX = 64 * 1024;

  /** Largest audit leaf; the entry limit of tlog-tiles is 65,535. */
  public static final int AUDIT_LEAF_BYTES_MAX = 65_535;

  /** Most record commitments in one audit batch. */
  public static final int AUDIT_RECORDS_PER_BATCH_MAX = 1024;

  /** Most chunk hashes in one want. */
  public static final int WANT_CHUNKS_MAX = 64;

  /** Chunk topics subscribed to at once; below every broker's default receive maximum. */
  public static final int CHUNK_WINDOW_MAX = 10;

  /** QoS 1 messages in flight towards one client; HiveMQ's default receive maximum. */
  public static final int IN_FLIGHT_MAX = 10;

  /** Messages a broker queues for one client; times {@link #PACKET_BYTES_MAX} bounds its bytes. */
  public static final int QUEUED_MESSAGES_MAX = 100;

  /** Most commands under one signature. */
  public static final int COMMANDS_PER_SIGNATURE_MAX = 1024;

  /** Most labels of a device. */
  public static final int LABELS_MAX = 32;

  /** Most keys of a device's configuration that a hub desires. */
  public static final int DESIRED_KEYS_MAX = 32;

  /** Longest value of one of them, in characters. */
  public static final int DESIRED_VALUE_CHARS_MAX = 256;

  /** Longest selector, in characters. */
  public static final int SELECTOR_CHARS_MAX = 1024;

  /** Most saved groups of targets. */
  public static final int TARGET_GROUPS_MAX = 1000;

  /** Most saved groups that one job names. */
  public static final int JOB_TARGET_GROUPS_MAX = 32;

  /** Most open jobs that take late joiners. */
  public static final int CONTINUOUS_JOBS_MAX = 100;

  /** Most devices that one of them names; it keeps them until it ends. */
  public static final int CONTINUOUS_DEVICES_MAX = 1000;

  /** Most devices named in one job. */
  public static final int JOB_DEVICES_MAX = 100_000;

  /** Most groups of a job. */
  public static final int JOB_GROUPS_MAX = 50;

  /** Most abort rules of a job. */
  public static final int JOB_ABORT_RULES_MAX = 16;

  /** Most health checks of one gate. */
  public static final int HEALTH_CHECKS_MAX = 8;

  /** Most approvals that a job can need. */
  public static final int JOB_APPROVALS_MAX = 10;

  /** Longest reason that an operator gives, in characters. */
  public static final int REASON_CHARS_MAX = 200;

  /** Longest human name of a job, in characters. */
  public static final int JOB_NAME_CHARS_MAX = 100;

  /** Most attempts of one execution. */
  public static final int ATTEMPTS_MAX = 10;

  /** Longest deadline of a job, in seconds: 30 days. */
  public static final long JOB_DEADLINE_SECONDS_MAX = 30L * 24 * 3600;

  /** Most windows of a job. */
  public static final int WINDOWS_MAX = 16;

  /** Longest cron expression, in characters. */
  public static final int CRON_CHARS_MAX = 120;

  /** Largest release manifest; it travels as one chunk. */
  public static final int MANIFEST_BYTES_MAX = CHUNK_BYTES_MAX;

  /** Most questions of a release. */
  public static final int QUESTIONS_MAX = 64;

  /** Most golden prompts of a release's eval suite. */
  public static final int GOLDEN_PROMPTS_MAX = 64;

  /** Longest template of a question or golden prompt, in characters. */
  public static final int TEMPLATE_CHARS_MAX = 8192;

  /** Most properties of an answer schema. */
  public static final int ANSWER_PROPERTIES_MAX = 16;

  /** Most values of one enum in an answer schema. */
  public static final int ANSWER_CHOICES_MAX = 64;

  /** Largest tool arguments or result as JSON text. */
  public static final int TOOL_JSON_BYTES_MAX = 32 * 1024;

  /** Largest root document; the figure of python-tuf. */
  public static final int TUF_ROOT_BYTES_MAX = 512_000;

  /** Largest timestamp document. */
  public static final int TUF_TIMESTAMP_BYTES_MAX = 16_384;

  /** Largest snapshot document. */
  public static final int TUF_SNAPSHOT_BYTES_MAX = 2_000_000;

  /** Largest targets document. */
  public static final int TUF_TARGETS_BYTES_MAX = 5_000_000;

  /** Largest page of a listing. */
  public static final int PAGE_SIZE_MAX = 1000;

  /** Shortest and longest life of an enrolment token, in seconds. */
  public static final int TOKEN_TTL_SECONDS_MIN = 60;

  /** Longest life of an enrolment token, in seconds. */
  public static final int TOKEN_TTL_SECONDS_MAX = 7 * 24 * 3600;

  /** Largest gRPC request of an operator or a local caller. */
  public static final int GRPC_MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

  private Limits() {}

  /**
   * Checks a size or count against its limit.
   *
   * @param what names the value in the message
   * @throws DroverException with {@link ErrorCode#LIMIT_EXCEEDED} when it is above
   */
  public static void check(String what, long value, long max) {
    if (value > max) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, what + " is " + value + ", the most is " + max + ".");
    }
  }
}
