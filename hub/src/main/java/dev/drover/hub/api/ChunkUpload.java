package dev.drover.hub.api;

import dev.drover.hub.repo.ChunkStore;
import dev.drover.v1.UploadChunk;
import dev.drover.v1.UploadChunksResponse;
import dev.drover.wire.GrpcErrors;
import io.grpc.stub.StreamObserver;

/** One stream of chunks from a publisher; each is kept before the next is asked for. */
final class ChunkUpload implements StreamObserver<UploadChunk> {
  private final ChunkStore chunks;
  private final StreamObserver<UploadChunksResponse> answer;
  private long stored;
  private long bytes;
  private boolean failed;

  ChunkUpload(ChunkStore chunks, StreamObserver<UploadChunksResponse> answer) {
    this.chunks = chunks;
    this.answer = answer;
  }

  @Override
  public void onNext(UploadChunk chunk) {
    if (failed) {
      return;
    }
    try {
      var unused = chunks.put(chunk.getData().toByteArray());
      stored++;
      bytes += chunk.getData().size();
    } catch (RuntimeException failure) {
      failed = true;
      answer.onError(GrpcErrors.of(failure));
    }
  }

  @Override
  public void onError(Throwable gone) {
    failed = true;
  }

  @Override
  public void onCompleted() {
    if (!failed) {
      answer.onNext(UploadChunksResponse.newBuilder().setStored(stored).setBytes(bytes).build());
      answer.onCompleted();
    }
  }
}
