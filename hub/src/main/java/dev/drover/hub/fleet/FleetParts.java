package dev.drover.hub.fleet;

import dev.drover.hub.core.BrokerLink;
import dev.drover.hub.core.ExecutionMachine;
import dev.drover.hub.core.ReleaseCatalog;
import dev.drover.machine.Engine;
import dev.drover.tlog.NoteSigner;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What a fleet is put together from; the parts stay with whoever made them.
 *
 * @param tenant whose fleet it is
 * @param engine not started; the fleet registers its machines and handlers and starts it
 * @param link not started; the fleet starts it
 * @param keys secrets of the hub
 * @param pace how much at once, how often
 * @param revoked refused certificates, which the link asks too
 * @param releases published releases
 * @param wants told of each chunk that a device misses; returns at once
 * @param connected told each time the link came up, after which the broker may hold nothing;
 *     returns at once
 * @param executor signs and publishes commands; not an event loop
 * @param timer looks for changes of watched jobs
 */
public record FleetParts(
    String tenant,
    Engine engine,
    BrokerLink link,
    Keys keys,
    Pace pace,
    RevokedSerials revoked,
    ReleaseCatalog releases,
    ChunkWants wants,
    Runnable connected,
    Executor executor,
    ScheduledExecutorService timer) {

  /**
   * Secrets of the hub.
   *
   * @param commandSeed Ed25519 seed of the online key, for commands and the hub's own records
   * @param linkSecret from which the devices' link keys are derived
   * @param log signs checkpoints; its name is the log's origin
   */
  public record Keys(byte[] commandSeed, byte[] linkSecret, NoteSigner log) {}

  /**
   * How much at once, how often.
   *
   * @param jobsConcurrency executions of one job in flight where the job does not say
   * @param jobsApprovals approvals that every job needs at least
   * @param jobsPerDevice executions that a device is given at a time
   * @param checkpointMs pause between checkpoints of the log while it grows, milliseconds
   */
  public record Pace(int jobsConcurrency, int jobsApprovals, int jobsPerDevice, long checkpointMs) {
    /** Makes a pace for jobs that need no approval, on devices that are given what is usual. */
    public Pace(int jobsConcurrency, long checkpointMs) {
      this(jobsConcurrency, 0, ExecutionMachine.PLACES_DEFAULT, checkpointMs);
    }
  }
}
