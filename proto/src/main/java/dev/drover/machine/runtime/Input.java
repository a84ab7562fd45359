package dev.drover.machine.runtime;

import dev.drover.machine.EffectResult;
import dev.drover.machine.Reply;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What reaches the committer from other threads. */
interface Input {
  /** Only wakes the committer. */
  Input WAKE = new Input() {};

  /** An event that somebody submitted. */
  final class Submission implements Input {
    final MailKey to;
    final Prepared<?> prepared;
    final int bytes;
    final CompletableFuture<Reply> future = new CompletableFuture<>();

    Submission(MailKey to, Prepared<?> prepared, int bytes) {
      this.to = to;
      this.prepared = prepared;
      this.bytes = bytes;
    }
  }

  /** An effect that was performed (a result) or failed (none). */
  final class Performed implements Input {
    final Owed owed;
    final @Nullable EffectResult result;

    Performed(Owed owed, @Nullable EffectResult result) {
      this.owed = owed;
      this.result = result;
    }
  }
}
