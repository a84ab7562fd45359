package dev.drover.hub.core;

import dev.drover.crypto.Hashes;
import dev.drover.hub.v1.JobIndexRow;
import dev.drover.hub.v1.OpenJobRow;
import dev.drover.hub.v1.RegistryHead;
import dev.drover.hub.v1.RevokedRow;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.v1.Operator;
import dev.drover.v1.Release;
import dev.drover.v1.TargetGroup;
import dev.drover.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads the rows of a {@link RegistryMachine}. Pure. */
public final class RegistryRows {
  static final String HEAD = "head";
  static final String TOKEN = "token/";
  static final String OPERATOR = "op/";
  static final String REVOKED = "rev/";
  static final String RELEASE = "rel/";
  static final String JOB = "job/";
  static final String KEY = "idem/";
  static final String TARGET_GROUP = "tg/";
  static final String OPEN_JOB = "open/";

  private static final long JOBS_MAX = 9_999_999_999L;

  private RegistryRows() {}

  /** Returns epoch and counters; the epoch is at least 1. */
  public static RegistryHead head(RowReader rows) {
    RegistryHead first = RegistryHead.newBuilder().setHubEpoch(1).build();
    return StoredRows.get(rows, HEAD, RegistryHead.parser(), first);
  }

  /** Returns an operator who was not removed. */
  public static Optional<Operator> operator(RowReader rows, String name) {
    return StoredRows.find(rows, OPERATOR + name, Operator.parser());
  }

  /** Returns the operators by name, at most a thousand. */
  public static List<Operator> operators(RowReader rows) {
    List<Operator> operators = new ArrayList<>();
    for (Row row : rows.scan(OPERATOR, 1000)) {
      operators.add(StoredRows.parse(row.name(), row.value(), Operator.parser()));
    }
    return operators;
  }

  /** Returns whether certificates with this serial are refused; lower-case hexadecimal. */
  public static boolean isRevoked(RowReader rows, String serial) {
    return rows.get(REVOKED + serial) != null;
  }

  /** Returns revoked serials in order, after the given one, with whom they belonged to. */
  public static List<String> revoked(RowReader rows, String after, int limit) {
    String from = after.isEmpty() ? "" : REVOKED + after + '!';
    return rows.scan(REVOKED, from, limit).stream()
        .map(row -> row.name().substring(REVOKED.length()))
        .toList();
  }

  /** Returns the releases by name and version, at most a thousand. */
  public static List<Release> releases(RowReader rows) {
    List<Release> releases = new ArrayList<>();
    for (Row row : rows.scan(RELEASE, 1000)) {
      releases.add(StoredRows.parse(row.name(), row.value(), Release.parser()));
    }
    return releases;
  }

  /**
   * Returns jobs, newest first.
   *
   * @param after the last job of the page before, or empty to begin
   */
  public static List<String> jobs(RowReader rows, String after, int limit) {
    String from = after.isEmpty() ? "" : job(number(after)) + '!';
    List<String> jobs = new ArrayList<>();
    for (Row row : rows.scan(JOB, from, limit)) {
      jobs.add(StoredRows.parse(row.name(), row.value(), JobIndexRow.parser()).getJob());
    }
    return jobs;
  }

  /** Returns the job that was reserved under an idempotency key. */
  public static Optional<String> jobOfKey(RowReader rows, String idempotencyKey) {
    return StoredRows.find(rows, key(idempotencyKey), JobIndexRow.parser())
        .map(JobIndexRow::getJob);
  }

  /** Returns a saved group, without its members. */
  public static Optional<TargetGroup> targetGroup(RowReader rows, String name) {
    return StoredRows.find(rows, TARGET_GROUP + name, TargetGroup.parser());
  }

  /** Returns the saved groups by name, without their members. */
  public static List<TargetGroup> targetGroups(RowReader rows) {
    List<TargetGroup> groups = new ArrayList<>();
    for (Row row : rows.scan(TARGET_GROUP, Limits.TARGET_GROUPS_MAX)) {
      groups.add(StoredRows.parse(row.name(), row.value(), TargetGroup.parser()));
    }
    return groups;
  }

  /** Returns the jobs that were reserved to take late joiners and not closed, with when it was. */
  public static Map<String, Long> openJobs(RowReader rows) {
    Map<String, Long> open = new TreeMap<>();
    for (Row row : rows.scan(OPEN_JOB, Limits.CONTINUOUS_JOBS_MAX)) {
      OpenJobRow parsed = StoredRows.parse(row.name(), row.value(), OpenJobRow.parser());
      open.put(row.name().substring(OPEN_JOB.length()), parsed.getReservedMs());
    }
    return open;
  }

  /** Returns the number in a job's id, or 0 for anything else. */
  static long number(String job) {
    boolean plain = job.matches("j[0-9]{1,10}");
    return plain ? Long.parseLong(job.substring(1)) : 0;
  }

  static String job(long number) {
    return JOB + String.format(Locale.ROOT, "%010d", JOBS_MAX - number);
  }

  static String key(String idempotencyKey) {
    return KEY + Hashes.hex(Hashes.sha256(idempotencyKey.getBytes(StandardCharsets.UTF_8)));
  }

  static Optional<RevokedRow> revokedRow(RowReader rows, String serial) {
    return StoredRows.find(rows, REVOKED + serial, RevokedRow.parser());
  }
}
