package dev.drover.hub.publish;

import com.google.protobuf.ByteString;
import dev.drover.content.ChunkTable;
import dev.drover.crypto.Sha256;
import dev.drover.v1.HubServiceGrpc;
import dev.drover.v1.MissingChunksRequest;
import dev.drover.v1.PublishReleaseRequest;
import dev.drover.v1.Release;
import dev.drover.v1.UploadChunk;
import dev.drover.v1.UploadChunksResponse;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Limits;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands a signed release to a hub: asks which chunks it misses, streams those, then the documents.
 * Can be repeated; what arrived before is not sent again.
 */
public final class Upload {
  private static final int ASK_MAX = 1000;
  private static final long STALL_SECONDS = 60;

  private final Channel channel;

  /** Makes an upload over an operator's connection. */
  public Upload(Channel channel) {
    this.channel = channel;
  }

  /**
   * Uploads everything and publishes. Returns when the hub has verified and stored it durably.
   *
   * @param progress told the bytes sent so far
   * @throws DroverException with the hub's code, {@link ErrorCode#DEADLINE_EXCEEDED} when nothing
   *     moves for a minute, {@link ErrorCode#SOURCE_UNAVAILABLE} when a file cannot be read
   */
  public Release publish(SignedRelease release, LongConsumer progress) {
    HubServiceGrpc.HubServiceBlockingStub hub = HubServiceGrpc.newBlockingStub(channel);
    try {
      Stream stream = new Stream(progress);
      Set<Sha256> missing = new HashSet<>();
      List<Sha256> all = new ArrayList<>();
      release.pieces().forEach(piece -> all.add(Sha256.of(piece)));
      List<Source> sources = new ArrayList<>();
      for (Path file : release.files().values()) {
        Source source = new Source(file, ChunkTable.build(file).table());
        sources.add(source);
        for (int i = 0; i < source.table.count(); i++) {
          all.add(source.table.digest(i));
        }
      }
      for (int from = 0; from < all.size(); from += ASK_MAX) {
        missing.addAll(ask(hub, all.subList(from, Math.min(all.size(), from + ASK_MAX))));
      }
      HubServiceGrpc.newStub(channel).uploadChunks(stream);
      for (byte[] piece : release.pieces()) {
        if (missing.remove(Sha256.of(piece))) {
          stream.send(piece);
        }
      }
      for (Source source : sources) {
        send(source, missing, stream);
      }
      stream.finish();
      PublishReleaseRequest request =
          PublishReleaseRequest.newBuilder().addAllDocuments(release.documents()).build();
      Limits.check(
          "The size of all signed documents",
          request.getSerializedSize(),
          Limits.GRPC_MESSAGE_BYTES_MAX);
      return hub.publishRelease(request);
    } catch (StatusRuntimeException refused) {
      throw GrpcErrors.parse(refused);
    }
  }

  private static List<Sha256> ask(HubServiceGrpc.HubServiceBlockingStub hub, List<Sha256> chunks) {
    MissingChunksRequest.Builder request = MissingChunksRequest.newBuilder();
    chunks.forEach(chunk -> request.addSha256(ByteString.copyFrom(chunk.toBytes())));
    return hub.missingChunks(request.build()).getSha256List().stream()
        .map(bytes -> Sha256.fromBytes(bytes.toByteArray()))
        .toList();
  }

  private static void send(Source source, Set<Sha256> missing, Stream stream) {
    try (RandomAccessFile file = new RandomAccessFile(source.path.toFile(), "r")) {
      for (int i = 0; i < source.table.count(); i++) {
        if (missing.remove(source.table.digest(i))) {
          byte[] chunk = new byte[source.table.length(i)];
          file.seek(source.table.offset(i));
          file.readFully(chunk);
          stream.send(chunk);
        }
      }
    } catch (IOException unreadable) {
      throw new DroverException(
          ErrorCode.SOURCE_UNAVAILABLE, "An artifact cannot be read.", unreadable);
    }
  }

  private record Source(Path path, ChunkTable table) {}

  /** One upload stream with flow control: {@link #send} waits until the hub takes more. */
  private static final class Stream
      implements ClientResponseObserver<UploadChunk, UploadChunksResponse> {
    private final CompletableFuture<UploadChunksResponse> answer = new CompletableFuture<>();
    private final Semaphore ready = new Semaphore(0);
    private final LongConsumer progress;
    private @Nullable ClientCallStreamObserver<UploadChunk> out;
    private long sentBytes;

    Stream(LongConsumer progress) {
      this.progress = progress;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<UploadChunk> stream) {
      out = stream;
      stream.setOnReadyHandler(ready::release);
    }

    void send(byte[] chunk) {
      ClientCallStreamObserver<UploadChunk> stream = started();
      while (!stream.isReady() && !answer.isDone()) {
        awaitReady();
      }
      if (answer.isCompletedExceptionally()) {
        finish();
      }
      stream.onNext(UploadChunk.newBuilder().setData(ByteString.copyFrom(chunk)).build());
      sentBytes += chunk.length;
      progress.accept(sentBytes);
    }

    private void awaitReady() {
      try {
        if (!ready.tryAcquire(STALL_SECONDS, TimeUnit.SECONDS)) {
          throw new DroverException(
              ErrorCode.DEADLINE_EXCEEDED, "The hub took nothing for a minute.");
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        throw new DroverException(ErrorCode.CANCELLED, "The upload was interrupted.", stopped);
      }
    }

    private ClientCallStreamObserver<UploadChunk> started() {
      if (out == null) {
        throw new IllegalStateException("The stream is not started.");
      }
      return out;
    }

    void finish() {
      if (!answer.isDone()) {
        started().onCompleted();
      }
      try {
        var unused = answer.get(STALL_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException failed) {
        throw failed.getCause() instanceof StatusRuntimeException status
            ? status
            : Status.INTERNAL.withCause(failed).asRuntimeException();
      } catch (TimeoutException stalled) {
        throw new DroverException(
            ErrorCode.DEADLINE_EXCEEDED, "The hub did not confirm the upload.", stalled);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        throw new DroverException(ErrorCode.CANCELLED, "The upload was interrupted.", stopped);
      }
    }

    @Override
    public void onNext(UploadChunksResponse value) {
      answer.complete(value);
    }

    @Override
    public void onError(Throwable failure) {
      answer.completeExceptionally(failure);
      ready.release();
    }

    @Override
    public void onCompleted() {
      ready.release();
    }
  }
}
