package dev.drover.agent.exchange;

import dev.drover.agent.core.Machines;
import dev.drover.agent.identity.DeviceIdentity;
import dev.drover.agent.v1.AuditEvent;
import dev.drover.agent.v1.NewLife;
import dev.drover.agent.v1.UplinkEvent;
import dev.drover.machine.Engine;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Tells the machines at a start whose store this is. */
public final class StoreLife {
  private StoreLife() {}

  /**
   * Begins the life of a store that is new, and learns whose one is that is not; returns when that
   * is durable.
   *
   * @param engine started, with the machines of events and of records
   * @param identity empty before enrolment
   * @param random gives the incarnation of a store before enrolment
   */
  public static void begin(Engine engine, Optional<DeviceIdentity> identity, LongSupplier random) {
    NewLife.Builder life = NewLife.newBuilder();
    life.setIncarnation(identity.map(DeviceIdentity::incarnation).orElseGet(random::getAsLong));
    identity.ifPresent(self -> life.setTenant(self.tenant()).setDevice(self.device()));
    Waiting.join(
        engine.submit(
            Machines.UPLINK,
            Machines.UPLINK,
            UplinkEvent.newBuilder().setBegin(life).build().toByteArray()));
    life.setIncarnation(new HubRows(engine).head().getIncarnation());
    Waiting.join(
        engine.submit(
            Machines.AUDIT,
            Machines.AUDIT,
            AuditEvent.newBuilder().setBegin(life).build().toByteArray()));
  }
}
