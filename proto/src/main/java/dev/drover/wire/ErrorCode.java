package dev.drover.wire;

/**
 * Every failure that Drover reports, by a name that is stable on the wire, in logs and in {@code
 * docs/errors.md}.
 *
 * <p>A code says three things: what kind of failure it is (its {@link Kind}, which decides the gRPC
 * status and the process exit code in one place), whether trying again can help, and what a person
 * can do next. Constants are never renamed or renumbered.
 */
public enum ErrorCode {
  // Input that is wrong in itself.
  INVALID_ARGUMENT(1, Kind.INPUT, false, "Correct the argument named in the message."),
  CONFIG_UNKNOWN_KEY(2, Kind.INPUT, false, "Remove the key or use the nearest known one."),
  CONFIG_INVALID_VALUE(
      3, Kind.INPUT, false, "Correct the value; docs/configuration.md lists them."),
  SELECTOR_INVALID(4, Kind.INPUT, false, "Correct the selector at the marked column."),
  SCHEMA_NOT_ALLOWED(
      5, Kind.INPUT, false, "Use boolean, enum or bounded numbers in the answer schema."),
  LIMIT_EXCEEDED(6, Kind.INPUT, false, "Stay below the limit named in the message."),
  PATH_OUTSIDE_ROOT(7, Kind.INPUT, false, "Name a path inside the configured root."),
  MESSAGE_MALFORMED(8, Kind.INPUT, false, "Update the sender; its message does not parse."),
  // What is not there or not allowed.
  NOT_FOUND(20, Kind.MISSING, false, "Check the name or the path; `ls` commands show what exists."),
  ALREADY_EXISTS(21, Kind.STATE, false, "Use another name or the existing one."),
  PERMISSION_DENIED(22, Kind.DENIED, false, "Ask an operator with the needed role."),
  UNAUTHENTICATED(23, Kind.DENIED, false, "Present a valid certificate."),
  POLICY_DENIED(24, Kind.DENIED, false, "Change the device's local policy if its owner agrees."),
  NO_DEVICE_MATCHES(25, Kind.MISSING, false, "Check the selector with `drover device ls`."),
  // Trust.
  SIGNATURE_INVALID(40, Kind.TRUST, false, "Get the document again from its publisher."),
  QUESTION_NOT_SIGNED(41, Kind.TRUST, false, "Publish the question in a signed release."),
  METADATA_EXPIRED(42, Kind.TRUST, true, "Publish fresh signed metadata."),
  METADATA_ROLLBACK(
      43, Kind.TRUST, false, "It is older than what is in use; publish it again as a new version."),
  DIGEST_MISMATCH(44, Kind.TRUST, true, "The content was changed or damaged; fetch it again."),
  LEASE_EXPIRED(45, Kind.TRUST, true, "Wait for the hub to grant a new lease."),
  LEASE_REPLAYED(
      46, Kind.TRUST, false, "Look for what sends old messages: an old image, or the broker."),
  CLOCK_UNTRUSTED(47, Kind.TRUST, true, "Set the device's clock or let it reach the hub."),
  CA_MISMATCH(48, Kind.TRUST, false, "Use the enrolment token of this hub."),
  TOKEN_INVALID(49, Kind.DENIED, false, "Make a new token with `drover device token`."),
  TOKEN_EXPIRED(50, Kind.DENIED, false, "Make a new token with `drover device token`."),
  CERTIFICATE_REVOKED(51, Kind.DENIED, false, "Enrol the device again."),
  CERTIFICATE_EXPIRED(52, Kind.DENIED, true, "Renew or enrol the device again."),
  SPLIT_VIEW(53, Kind.TRUST, false, "The log shows two histories; keep both and investigate."),
  // Models.
  MODEL_UNREADABLE(60, Kind.STATE, false, "Check the file's path and permissions."),
  MODEL_CORRUPT(61, Kind.TRUST, true, "Fetch or import the model again."),
  MODEL_ARCHITECTURE_UNKNOWN(
      62, Kind.STATE, false, "Use a model whose architecture this runtime knows."),
  MODEL_TOO_LARGE(63, Kind.RESOURCE, false, "Use a smaller model or context, or more memory."),
  MODEL_NOT_LOADED(64, Kind.STATE, true, "Install a release with a model."),
  PROMPT_TOO_LONG(65, Kind.INPUT, false, "Shorten the text or enlarge the context."),
  GRAMMAR_INVALID(66, Kind.INPUT, false, "Correct the grammar in the release."),
  ANSWER_OUTSIDE_GRAMMAR(67, Kind.STATE, true, "The model gave no valid answer; try again."),
  RUNTIME_STUCK(68, Kind.STATE, true, "The agent restarts its model by itself."),
  RUNTIME_UNAVAILABLE(
      69,
      Kind.RESOURCE,
      false,
      "Install libgomp1 and libstdc++6, on a 64-bit CPU with AVX2 or NEON."),
  TRIAL_FAILED(
      70, Kind.STATE, false, "The release did not come up; the device runs the one before it."),
  // Resources and state.
  RESOURCE_EXHAUSTED(80, Kind.RESOURCE, true, "Wait and try again with less at once."),
  DISK_FULL(81, Kind.RESOURCE, true, "Free disk space; nothing acknowledged was lost."),
  ANSWER_BUDGET_SPENT(82, Kind.DENIED, true, "Wait until the device's daily budget renews."),
  PORT_IN_USE(83, Kind.RESOURCE, false, "Stop the other process or choose another port."),
  DATA_DIRECTORY_IN_USE(84, Kind.STATE, false, "Stop the other process on this directory."),
  STORE_TOO_NEW(85, Kind.STATE, false, "Run the newer version that wrote this store."),
  STORE_FAILED(86, Kind.STATE, false, "Check the disk and who may write there, then start again."),
  DEADLINE_EXCEEDED(87, Kind.TIME, true, "Give it more time or try again."),
  CANCELLED(88, Kind.STATE, false, "It was cancelled on request."),
  UNAVAILABLE(89, Kind.TIME, true, "Check the connection; it is tried again by itself."),
  SOURCE_UNAVAILABLE(90, Kind.TIME, true, "Name another source, or a local file."),
  OUTCOME_UNKNOWN(91, Kind.STATE, false, "Look at the device; it was not repeated by design."),
  ILLEGAL_TRANSITION(
      92, Kind.STATE, false, "The state does not allow this; look at it with `show` or `ls`."),
  JDK_TOO_OLD(93, Kind.RESOURCE, false, "Install a JDK of version 17 or later."),
  EGRESS_REFUSED(94, Kind.DENIED, false, "The field is not allowed to leave the device."),
  PEER_TOO_NEW(95, Kind.STATE, false, "Update the older side: hubs before agents."),
  INTERNAL(99, Kind.STATE, false, "Report this with the log around it.");

  /** What a failure is about; decides gRPC status and exit code. */
  public enum Kind {
    /** The request is wrong; sysexits {@code EX_USAGE} 64. */
    INPUT(64),
    /** What was named does not exist; {@code EX_NOINPUT} 66. */
    MISSING(66),
    /** The caller may not; {@code EX_NOPERM} 77. */
    DENIED(77),
    /** A check of authenticity failed; {@code EX_PROTOCOL} 76. */
    TRUST(76),
    /** Memory, disk, a port or a quota is missing; {@code EX_CANTCREAT} 73. */
    RESOURCE(73),
    /** The state does not allow it; {@code EX_SOFTWARE} 70. */
    STATE(70),
    /** It may work later; {@code EX_TEMPFAIL} 75. */
    TIME(75);

    private final int exitCode;

    Kind(int exitCode) {
      this.exitCode = exitCode;
    }

    /** Returns the process exit code of a command that ends with a failure of this kind. */
    public int exitCode() {
      return exitCode;
    }
  }

  private final int number;
  private final Kind kind;
  private final boolean retryable;
  private final String nextStep;

  ErrorCode(int number, Kind kind, boolean retryable, String nextStep) {
    this.number = number;
    this.kind = kind;
    this.retryable = retryable;
    this.nextStep = nextStep;
  }

  /** Returns the number used on the wire, 1 to 99. */
  public int number() {
    return number;
  }

  /** Returns what the failure is about. */
  public Kind kind() {
    return kind;
  }

  /** Returns whether the same request may succeed later without a change to it. */
  public boolean retryable() {
    return retryable;
  }

  /** Returns one sentence that tells a person what to do. */
  public String nextStep() {
    return nextStep;
  }

  /**
   * Returns the code with this number.
   *
   * @param number as received
   * @return the code, or {@link #INTERNAL} where a newer peer sent one that is not known here
   */
  public static ErrorCode ofNumber(int number) {
    for (ErrorCode code : values()) {
      if (code.number == number) {
        return code;
      }
    }
    return INTERNAL;
  }
}
