package dev.drover.hub.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.crypto.DurableFiles;
import dev.drover.hub.HubAssembly;
import dev.drover.hub.HubFixture;
import dev.drover.v1.HubServiceGrpc;
import dev.drover.v1.Role;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.GrpcErrors;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call of the operators' API, by every role, on a whole hub over TLS. */
class OperatorRolesTest {
  /** The least role of each call; a call that is not here fails the test. */
  private static final Map<String, Role> LEAST =
      Map.ofEntries(
          Map.entry("GetHub", Role.VIEWER),
          Map.entry("CreateToken", Role.OPERATOR),
          Map.entry("ListDevices", Role.VIEWER),
          Map.entry("GetDevice", Role.VIEWER),
          Map.entry("RevokeDevice", Role.ADMIN),
          Map.entry("AddOperator", Role.ADMIN),
          Map.entry("ListOperators", Role.VIEWER),
          Map.entry("RemoveOperator", Role.ADMIN),
          Map.entry("CreateJob", Role.OPERATOR),
          Map.entry("PlanJob", Role.VIEWER),
          Map.entry("ListJobs", Role.VIEWER),
          Map.entry("GetJob", Role.VIEWER),
          Map.entry("WatchJob", Role.VIEWER),
          Map.entry("CancelJob", Role.OPERATOR),
          Map.entry("PauseJob", Role.OPERATOR),
          Map.entry("ResumeJob", Role.OPERATOR),
          Map.entry("RollBackJob", Role.OPERATOR),
          Map.entry("ApproveJob", Role.APPROVER),
          Map.entry("DenyJob", Role.APPROVER),
          Map.entry("ListExecutions", Role.VIEWER),
          Map.entry("LabelDevice", Role.OPERATOR),
          Map.entry("ConfigureDevice", Role.OPERATOR),
          Map.entry("ExplainPlacement", Role.VIEWER),
          Map.entry("SaveTargetGroup", Role.OPERATOR),
          Map.entry("ListTargetGroups", Role.VIEWER),
          Map.entry("RemoveTargetGroup", Role.OPERATOR),
          Map.entry("MissingChunks", Role.OPERATOR),
          Map.entry("UploadChunks", Role.OPERATOR),
          Map.entry("PublishRelease", Role.ADMIN),
          Map.entry("ListReleases", Role.VIEWER),
          Map.entry("TailAudit", Role.VIEWER));

  private static final List<Role> ROLES =
      List.of(Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMIN);

  @TempDir private static Path directory;
  private static HubFixture hub;

  @BeforeAll
  static void start() {
    hub = HubFixture.withoutBroker(directory);
  }

  @AfterAll
  static void stop() {
    hub.close();
  }

  static List<MethodDescriptor<?, ?>> calls() {
    return List.copyOf(HubServiceGrpc.getServiceDescriptor().getMethods());
  }

  @Test
  void firstOperatorsFile_isForItsOwnerOnly() throws IOException {
    Path file = HubAssembly.firstOperatorFile(hub.data());
    assertEquals(DurableFiles.OWNER_ONLY, Files.getPosixFilePermissions(file));
    assertEquals(
        PosixFilePermissions.fromString("rwx------"),
        Files.getPosixFilePermissions(file.resolveSibling(".").normalize()));
  }

  @Test
  void everyCall_hasALeastRole() {
    assertEquals(
        new TreeSet<>(LEAST.keySet()),
        calls().stream()
            .map(MethodDescriptor::getBareMethodName)
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void call_isForItsLeastRole_andThoseAbove(MethodDescriptor<?, ?> method) {
    Role least = LEAST.get(String.valueOf(method.getBareMethodName()));
    for (Role role : ROLES) {
      ErrorCode code = call(hub.as(role).channel(), method);
      String what = role + " " + method.getBareMethodName() + ": " + code;
      assertNotEquals(ErrorCode.UNAUTHENTICATED, code, what);
      assertNotEquals(ErrorCode.INTERNAL, code, what);
      assertEquals(role.getNumber() < least.getNumber(), code == ErrorCode.PERMISSION_DENIED, what);
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  void call_withoutAnOperatorsCertificate_isRefused(MethodDescriptor<?, ?> method) {
    assertEquals(ErrorCode.UNAUTHENTICATED, call(hub.withoutCertificate(), method));
    assertEquals(ErrorCode.UNAUTHENTICATED, call(hub.removedOperator().channel(), method));
  }

  /** Calls with an empty request; returns why it was refused, or null where it was not. */
  private static <A, B> @Nullable ErrorCode call(Channel channel, MethodDescriptor<A, B> method) {
    CompletableFuture<@Nullable ErrorCode> ended = new CompletableFuture<>();
    ClientCall<A, B> call =
        channel.newCall(method, CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS));
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(B answer) {
            call.request(1);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            ended.complete(
                status.isOk()
                    ? null
                    : GrpcErrors.parse(status.asRuntimeException(trailers)).code());
          }
        },
        new Metadata());
    call.request(1);
    if (method.getType().clientSendsOneMessage()) {
      assertTrue(method.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<A>);
      call.sendMessage(
          ((MethodDescriptor.PrototypeMarshaller<A>) method.getRequestMarshaller())
              .getMessagePrototype());
    }
    call.halfClose();
    return ended.join();
  }
}
