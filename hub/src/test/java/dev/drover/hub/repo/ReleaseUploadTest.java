package dev.drover.hub.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.drover.hub.HubFixture;
import dev.drover.hub.publish.Drafts;
import dev.drover.hub.publish.Publisher;
import dev.drover.hub.publish.SignedRelease;
import dev.drover.hub.publish.Upload;
import dev.drover.testkit.Refusals;
import dev.drover.testkit.TinyGguf;
import dev.drover.v1.AuditEntry;
import dev.drover.v1.AuditLeaf;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.HubAction;
import dev.drover.v1.HubServiceGrpc;
import dev.drover.v1.HubStatement;
import dev.drover.v1.ListReleasesRequest;
import dev.drover.v1.PublishReleaseRequest;
import dev.drover.v1.Release;
import dev.drover.v1.Role;
import dev.drover.v1.SignedDocument;
import dev.drover.v1.TailAuditRequest;
import dev.drover.v1.UploadChunk;
import dev.drover.v1.UploadChunksResponse;
import dev.drover.wire.EnrolmentToken;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import dev.drover.wire.Limits;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Publishing over TLS, to a whole hub: what it takes, and what it refuses without a trace. */
class ReleaseUploadTest {
  private static final Duration LIFE = Duration.ofDays(30);

  @TempDir private Path directory;
  private final char[] passphrase = "correct horse".toCharArray();
  private HubFixture hub;
  private Publisher publisher;

  @BeforeEach
  void start() {
    hub = HubFixture.withoutBroker(directory.resolve("hub"));
    publisher = publisher("publisher");
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private Publisher publisher(String name) {
    Publisher made = new Publisher(directory.resolve(name));
    var unused = made.create(passphrase, new SecureRandom(), now());
    return made;
  }

  private static Instant now() {
    return Clock.systemUTC().instant();
  }

  private SignedRelease sign(String version) {
    return publisher.sign(Drafts.draft(version), null, passphrase, now(), LIFE);
  }

  private Release upload(SignedRelease release) {
    return new Upload(hub.as(Role.ADMIN).channel()).publish(release, bytes -> {});
  }

  /** Hands in documents alone. */
  private Release publish(List<SignedDocument> documents) {
    try {
      return hub.as(Role.ADMIN)
          .calls()
          .publishRelease(PublishReleaseRequest.newBuilder().addAllDocuments(documents).build());
    } catch (StatusRuntimeException refused) {
      throw GrpcErrors.parse(refused);
    }
  }

  private List<String> listed() {
    return hub
        .as(Role.VIEWER)
        .calls()
        .listReleases(ListReleasesRequest.getDefaultInstance())
        .getReleasesList()
        .stream()
        .map(Release::getRelease)
        .toList();
  }

  private String rootInTokens() {
    return EnrolmentToken.parse(
            hub.as(Role.OPERATOR)
                .calls()
                .createToken(CreateTokenRequest.newBuilder().setDevice("cam-0").build())
                .getToken())
        .rootSha256();
  }

  @Test
  void release_withAModel_isTakenOnce_andRecorded() throws Exception {
    Path model = directory.resolve("model.gguf");
    Files.write(model, TinyGguf.ofSeed(1).bytes());
    SignedRelease signed = publisher.sign(Drafts.draft("1.0.0"), model, passphrase, now(), LIFE);
    AtomicLong sent = new AtomicLong();
    Upload upload = new Upload(hub.as(Role.ADMIN).channel());
    Release release = upload.publish(signed, sent::set);
    assertEquals("hall/1.0.0", release.getRelease());
    assertEquals(Files.size(model), release.getBytes());
    assertEquals(List.of("door"), release.getQuestionsList());
    assertTrue(sent.get() > 0);

    sent.set(0);
    assertEquals(release.getRelease(), upload.publish(signed, sent::set).getRelease());
    assertEquals(0, sent.get(), "what is there is not sent again");
    assertEquals(List.of("hall/1.0.0"), listed());
    assertEquals(1, recorded(HubAction.RELEASE_PUBLISHED));
    assertFalse(rootInTokens().isEmpty());
  }

  private long recorded(HubAction wanted) throws Exception {
    long count = 0;
    Iterator<AuditEntry> entries =
        hub.as(Role.VIEWER).streams().tailAudit(TailAuditRequest.getDefaultInstance());
    while (entries.hasNext()) {
      AuditLeaf leaf = AuditLeaf.parseFrom(entries.next().getLeaf());
      HubAction action = HubStatement.parseFrom(leaf.getHub().getStatement()).getAction();
      count += action == wanted ? 1 : 0;
    }
    return count;
  }

  @Test
  void documents_ofAnotherPublisher_areRefused() {
    var unused = upload(sign("1.0.0"));
    String root = rootInTokens();
    Publisher other = publisher("other");
    String why =
        Refusals.assertRefused(ErrorCode.SIGNATURE_INVALID, () -> publish(other.documents()));
    assertTrue(why.contains("another release root"), why);
    SignedRelease foreign = other.sign(Drafts.draft("6.6.6"), null, passphrase, now(), LIFE);
    Refusals.assertRefused(ErrorCode.SIGNATURE_INVALID, () -> upload(foreign));
    assertEquals(root, rootInTokens());
    assertEquals(List.of("hall/1.0.0"), listed());
    assertEquals("hall/1.0.1", upload(sign("1.0.1")).getRelease());
  }

  @Test
  void chunk_thatIsTooLarge_isRefused_andTheOthersStay() {
    CompletableFuture<UploadChunksResponse> answer = new CompletableFuture<>();
    StreamObserver<UploadChunk> stream =
        HubServiceGrpc.newStub(hub.as(Role.OPERATOR).channel()).uploadChunks(into(answer));
    stream.onNext(chunk(1000));
    stream.onNext(chunk(Limits.CHUNK_BYTES_MAX + 1));
    stream.onCompleted();
    try {
      throw new AssertionError(answer.join().toString());
    } catch (CompletionException refused) {
      assertEquals(
          ErrorCode.LIMIT_EXCEEDED,
          GrpcErrors.parse((StatusRuntimeException) refused.getCause()).code());
    }
    CompletableFuture<UploadChunksResponse> again = new CompletableFuture<>();
    StreamObserver<UploadChunk> small =
        HubServiceGrpc.newStub(hub.as(Role.OPERATOR).channel()).uploadChunks(into(again));
    small.onNext(chunk(Limits.CHUNK_BYTES_MAX));
    small.onCompleted();
    assertEquals(1, again.join().getStored());
  }

  private static UploadChunk chunk(int bytes) {
    return UploadChunk.newBuilder().setData(ByteString.copyFrom(new byte[bytes])).build();
  }

  private static StreamObserver<UploadChunksResponse> into(
      CompletableFuture<UploadChunksResponse> answer) {
    return new StreamObserver<>() {
      @Override
      public void onNext(UploadChunksResponse value) {
        answer.complete(value);
      }

      @Override
      public void onError(Throwable failure) {
        answer.completeExceptionally(failure);
      }

      @Override
      public void onCompleted() {}
    };
  }
}
