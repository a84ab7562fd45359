package dev.drover.machine.runtime;

import dev.drover.machine.Reply;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Tells submitters how their events ended, in order, on the callback executor, and whether the
 * engine still works. Thread-safe.
 */
final class Answers {
  private final Inbox inbox;
  private final Executor callbacks;
  private volatile @Nullable ErrorCode failure;

  /** What a submitter is told: a reply, or why there is none. */
  record Answer(
      Input.Submission submission, @Nullable Reply reply, @Nullable DroverException failure) {}

  Answers(Inbox inbox, Executor callbacks) {
    this.inbox = inbox;
    this.callbacks = callbacks;
  }

  /** Returns why the engine refuses everything, or null while it works. */
  @Nullable ErrorCode failure() {
    return failure;
  }

  /** Notes that the engine refuses everything from now on; returns whether that is news. */
  synchronized boolean fail(ErrorCode code) {
    boolean news = failure == null;
    failure = code;
    return news;
  }

  /** Gives the answers of a durable group. */
  void give(List<Answer> answers) {
    if (!answers.isEmpty()) {
      callbacks.execute(() -> answers.forEach(this::give));
    }
  }

  /** Tells that the engine failed or closed before it decided, or before that was durable. */
  void refuse(List<Input.Submission> submissions) {
    ErrorCode code = failure;
    DroverException stopped =
        new DroverException(
            code == null ? ErrorCode.UNAVAILABLE : code, "The engine stopped before it answered.");
    give(submissions.stream().map(one -> new Answer(one, null, stopped)).toList());
  }

  private void give(Answer answer) {
    Input.Submission submission = answer.submission();
    inbox.release(submission);
    Reply reply = answer.reply();
    DroverException why = answer.failure();
    if (why != null) {
      submission.future.completeExceptionally(why);
    } else {
      submission.future.complete(reply);
    }
  }
}
