package dev.drover.hub.api;

import dev.drover.hub.fleet.AuditService;
import dev.drover.v1.AuditEntry;
import dev.drover.v1.TailAuditRequest;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Streams the log to one caller, a page at a time and only while the caller keeps up. */
final class AuditTail {
  private static final long LOOK_MS = 200;
  private static final int PAGE = 200;

  private final AuditService audit;
  private final boolean follow;
  private final BooleanSupplier ready;
  private final ServerCallStreamObserver<AuditEntry> answer;
  private @Nullable ScheduledFuture<?> looks;
  private long next;
  private boolean ended;

  private AuditTail(
      AuditService audit,
      TailAuditRequest request,
      BooleanSupplier ready,
      ServerCallStreamObserver<AuditEntry> answer) {
    this.audit = audit;
    this.follow = request.getFollow();
    this.next = request.getFromIndex();
    this.ready = ready;
    this.answer = answer;
  }

  /**
   * Begins.
   *
   * @param ready asked before each page; false puts it off, what it throws ends the call
   */
  static void start(
      AuditService audit,
      TailAuditRequest request,
      BooleanSupplier ready,
      ServerCallStreamObserver<AuditEntry> answer,
      ScheduledExecutorService timer) {
    if (request.getFromIndex() < 0) {
      // Unsigned on the wire: it stands for an index that no log reaches.
      answer.onError(
          GrpcErrors.of(
              new DroverException(ErrorCode.INVALID_ARGUMENT, "An index is not negative.")));
      return;
    }
    AuditTail tail = new AuditTail(audit, request, ready, answer);
    answer.setOnCancelHandler(tail::stop);
    tail.schedule(timer);
  }

  private synchronized void schedule(ScheduledExecutorService timer) {
    looks = timer.scheduleWithFixedDelay(this::look, 0, LOOK_MS, TimeUnit.MILLISECONDS);
  }

  private synchronized void look() {
    try {
      while (!ended && ready.getAsBoolean()) {
        List<AuditEntry> page = audit.entries(next, PAGE);
        page.forEach(answer::onNext);
        next += page.size();
        if (page.isEmpty()) {
          if (!follow) {
            stop();
            answer.onCompleted();
          }
          return;
        }
      }
    } catch (RuntimeException failure) {
      stop();
      answer.onError(GrpcErrors.of(failure));
    }
  }

  private synchronized void stop() {
    ended = true;
    if (looks != null) {
      looks.cancel(false);
    }
  }
}
