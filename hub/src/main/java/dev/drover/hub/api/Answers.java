package dev.drover.hub.api;

import dev.drover.wire.GrpcErrors;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Ends gRPC calls with a value or a coded failure, the same way everywhere. */
final class Answers {
  private Answers() {}

  /** Answers with what the supplier returns, or with what it throws. */
  static <T> void now(StreamObserver<T> answer, Supplier<T> value) {
    T result;
    try {
      result = value.get();
    } catch (RuntimeException failure) {
      answer.onError(GrpcErrors.of(cause(failure)));
      return;
    }
    answer.onNext(result);
    answer.onCompleted();
  }

  /** Answers when the stage that the supplier returns is complete. */
  static <T> void later(StreamObserver<T> answer, Supplier<CompletionStage<T>> value) {
    CompletionStage<T> stage;
    try {
      stage = value.get();
    } catch (RuntimeException failure) {
      answer.onError(GrpcErrors.of(cause(failure)));
      return;
    }
    stage.whenComplete(
        (result, failure) -> {
          if (failure == null) {
            answer.onNext(result);
            answer.onCompleted();
          } else {
            answer.onError(GrpcErrors.of(cause(failure)));
          }
        });
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException wrapped && wrapped.getCause() != null
        ? wrapped.getCause()
        : failure;
  }
}
