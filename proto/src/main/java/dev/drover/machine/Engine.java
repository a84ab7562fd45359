package dev.drover.machine;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Feeds machines with events and makes what they decide durable before anyone hears of it.
 *
 * <p>Use: register machines and handlers, {@link #start}, submit, {@link #close}. All methods after
 * {@code start} are thread-safe.
 *
 * <p>Promises, for every engine:
 *
 * <ul>
 *   <li>Events of one key are stepped one after another, in the order they were submitted.
 *   <li>A reply is given only when the step's rows, timers and effects are durable together. What
 *       was replied to survives {@code kill -9} and loss of power; what was not may or may not have
 *       happened.
 *   <li>Effects are performed after that, at least once, in order for a key, also after a restart.
 *   <li>An event that one machine sends to another is delivered exactly once.
 *   <li>A timer fires at or after its time, once, also when the engine was down at that time.
 *   <li>Queues are bounded: what does not fit is refused at once, never dropped silently.
 * </ul>
 *
 * <p>Replies and effects come on threads of their own, never on the one that commits. A callback
 * that blocks holds up other replies.
 */
public interface Engine extends AutoCloseable {
  /**
   * Adds a machine; before {@link #start}.
   *
   * @throws dev.drover.wire.DroverException {@link dev.drover.wire.ErrorCode#ALREADY_EXISTS} if one
   *     of this name is there, {@link dev.drover.wire.ErrorCode#INVALID_ARGUMENT} for a bad name
   */
  void register(Machine<?> machine);

  /**
   * Adds the handler of an effect kind; before {@link #start}.
   *
   * @throws dev.drover.wire.DroverException {@link dev.drover.wire.ErrorCode#ALREADY_EXISTS} if
   *     there is one for this kind
   */
  void handle(String kind, EffectHandler handler);

  /**
   * Begins: fires timers that are due, delivers and performs what is owed from before, accepts
   * events.
   *
   * @throws dev.drover.wire.DroverException {@link dev.drover.wire.ErrorCode#INTERNAL} if something
   *     is owed to a machine or handler that is not registered
   */
  void start();

  /**
   * Hands an event to a machine.
   *
   * @param machine name of a registered machine
   * @param key 1 to {@value MachineLimits#KEY_BYTES_MAX} bytes of UTF-8 without NUL
   * @param event at most {@value MachineLimits#EVENT_BYTES_MAX} bytes, not changed afterwards
   * @return completes with the machine's reply, accepted or refused, once it is durable; completes
   *     exceptionally with a {@link dev.drover.wire.DroverException} where the machine did not
   *     decide: {@code RESOURCE_EXHAUSTED} (a queue is full, nothing happened), {@code
   *     MESSAGE_MALFORMED}, {@code INVALID_ARGUMENT}, {@code LIMIT_EXCEEDED}, {@code INTERNAL}
   *     (nothing happened), {@code STORE_FAILED}, {@code DISK_FULL} (it may have happened), {@code
   *     UNAVAILABLE} (not started or closed)
   */
  CompletionStage<Reply> submit(String machine, String key, byte[] event);

  /**
   * Reads rows of one key in one committed state, on the caller's thread.
   *
   * @param reader called once; short, and without calls to this engine
   * @return what the reader returned
   */
  <T> T read(String machine, String key, Function<RowReader, T> reader);

  /**
   * Returns keys of a machine that have committed rows, in order of their UTF-8 bytes.
   *
   * @param afterKey the last key of the page before, or empty to begin
   * @param limit most keys to return, 1 to {@link MachineLimits#SCAN_ROWS_MAX}
   */
  List<String> scanKeys(String machine, String afterKey, int limit);

  /**
   * Returns engine time in milliseconds since 1970: never falls, not even over a crash, advances
   * with monotonic time and leans towards the wall clock by a bounded rate.
   */
  long nowMs();

  /** Returns how the engine does. */
  EngineHealth health();

  /**
   * Stops: refuses new events, finishes those accepted, stops performing effects (the rest is owed
   * at the next start), closes the store. May be called again.
   */
  @Override
  void close();
}
