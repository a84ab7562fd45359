package dev.drover.agent.api;

import com.google.protobuf.Struct;
import dev.drover.v1.CallToolRequest;
import dev.drover.v1.CallToolResponse;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes two calls with one key one call, over the latest calls of this process. Thread-safe.
 *
 * <p>A call that failed is forgotten, so that it may be tried again with its key.
 */
final class KnownCalls {
  private final Map<String, Known> calls;

  /**
   * Makes an empty memory.
   *
   * @param callsMax how many of the latest calls are remembered
   */
  KnownCalls(int callsMax) {
    calls =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > callsMax;
          }
        };
  }

  private record Known(
      String tool, Struct arguments, CompletableFuture<CallToolResponse> response) {}

  /**
   * Returns what the call gives, or what the earlier call with its key gave or will give.
   *
   * @param scope who calls; keys of others are other keys
   * @throws DroverException {@code ALREADY_EXISTS} where the key was used for another call
   */
  CallToolResponse call(String scope, CallToolRequest request, Supplier<CallToolResponse> newCall) {
    String key = scope + "\n" + request.getIdempotencyKey();
    Known mine = new Known(request.getName(), request.getArguments(), new CompletableFuture<>());
    Known earlier = remember(key, mine);
    if (earlier != null) {
      return await(same(earlier, mine));
    }
    try {
      CallToolResponse response = newCall.get();
      mine.response().complete(response);
      return response;
    } catch (RuntimeException failed) {
      forget(key, mine);
      mine.response().completeExceptionally(failed);
      throw failed;
    }
  }

  private synchronized @Nullable Known remember(String key, Known mine) {
    return calls.putIfAbsent(key, mine);
  }

  private synchronized void forget(String key, Known mine) {
    calls.remove(key, mine);
  }

  private static Known same(Known earlier, Known mine) {
    if (!earlier.tool().equals(mine.tool()) || !earlier.arguments().equals(mine.arguments())) {
      throw new DroverException(
          ErrorCode.ALREADY_EXISTS, "The idempotency key was used for another call.");
    }
    return earlier;
  }

  private static CallToolResponse await(Known earlier) {
    try {
      return earlier.response().get();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new DroverException(ErrorCode.CANCELLED, "The agent ends.", interrupted);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof DroverException known) {
        throw known;
      }
      throw new CompletionException(failed.getCause());
    }
  }
}
