package dev.drover.hub.fleet;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.drover.hub.core.MachineKeys;
import dev.drover.hub.v1.AuditEnvelope;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.JobEnvelope;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.machine.Engine;
import dev.drover.machine.Reply;
import dev.drover.machine.RowReader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/** The machines of one tenant, behind typed events and reads. Thread-safe. */
final class Machines {
  private final String tenant;
  private final Engine engine;

  Machines(String tenant, Engine engine) {
    this.tenant = tenant;
    this.engine = engine;
  }

  String tenant() {
    return tenant;
  }

  Engine engine() {
    return engine;
  }

  /** Submits; the stage fails where the machine refused. */
  CompletionStage<byte[]> device(String device, DeviceEnvelope.Builder event) {
    return submit(MachineKeys.DEVICE, MachineKeys.of(tenant, device), event);
  }

  CompletionStage<byte[]> job(String job, JobEnvelope.Builder event) {
    return submit(MachineKeys.JOB, MachineKeys.of(tenant, job), event);
  }

  CompletionStage<byte[]> audit(AuditEnvelope.Builder event) {
    return submit(MachineKeys.AUDIT, tenant, event);
  }

  CompletionStage<byte[]> registry(RegistryEnvelope.Builder event) {
    return submit(MachineKeys.REGISTRY, tenant, event);
  }

  private CompletionStage<byte[]> submit(String machine, String key, MessageLite.Builder event) {
    return engine.submit(machine, key, event.build().toByteArray()).thenApply(Reply::orThrow);
  }

  <T> T readDevice(String device, Function<RowReader, T> reader) {
    return engine.read(MachineKeys.DEVICE, MachineKeys.of(tenant, device), reader);
  }

  <T> T readExecutions(String device, Function<RowReader, T> reader) {
    return engine.read(MachineKeys.EXECUTION, MachineKeys.of(tenant, device), reader);
  }

  <T> T readJob(String job, Function<RowReader, T> reader) {
    return engine.read(MachineKeys.JOB, MachineKeys.of(tenant, job), reader);
  }

  <T> T readAudit(Function<RowReader, T> reader) {
    return engine.read(MachineKeys.AUDIT, tenant, reader);
  }

  <T> T readRegistry(Function<RowReader, T> reader) {
    return engine.read(MachineKeys.REGISTRY, tenant, reader);
  }

  /** Parses a machine's answer. */
  static <T extends MessageLite> T answer(byte[] bytes, Parser<T> parser) {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalStateException("A machine's answer does not parse", broken);
    }
  }

  /** Turns what the body throws into a failed stage, so that callers have one place to look. */
  static <T> CompletionStage<T> staged(Supplier<CompletionStage<T>> body) {
    try {
      return body.get();
    } catch (RuntimeException failure) {
      return CompletableFuture.failedFuture(failure);
    }
  }
}
