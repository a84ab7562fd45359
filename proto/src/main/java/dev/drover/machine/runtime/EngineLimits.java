package dev.drover.machine.runtime;

/**
 * How much an engine holds at once.
 *
 * @param mailboxMax most events waiting, over all keys
 * @param mailboxKeyMax most events waiting for one key
 * @param mailboxBytesMax most bytes of events waiting, over all keys
 * @param groupEventsMax most events made durable by one write
 * @param groupBytesMax bytes of changes from which on a group takes no further event
 * @param owedMax effects and sends owed from which on submissions are refused
 * @param performingMax most effects being performed at once
 */
public record EngineLimits(
    int mailboxMax,
    int mailboxKeyMax,
    long mailboxBytesMax,
    int groupEventsMax,
    long groupBytesMax,
    int owedMax,
    int performingMax) {
  private static final long MIB = 1 << 20;

  /** Checks that each is at least one. */
  public EngineLimits {
    if (mailboxMax < 1 || mailboxKeyMax < 1 || mailboxBytesMax < 1 || owedMax < 1) {
      throw new IllegalArgumentException("Mailbox limits are at least one");
    }
    if (groupEventsMax < 1 || groupBytesMax < 1 || performingMax < 1) {
      throw new IllegalArgumentException("Group limits are at least one");
    }
  }

  /** Returns the limits of a hub with thousands of devices. */
  public static EngineLimits hub() {
    return new EngineLimits(65_536, 4096, 64 * MIB, 2048, 4 * MIB, 200_000, 1024);
  }

  /** Returns the limits of a device. */
  public static EngineLimits device() {
    return new EngineLimits(1024, 256, 4 * MIB, 256, MIB, 10_000, 32);
  }

  /** Returns the same with another size of groups. */
  public EngineLimits withGroupEvents(int eventsMax) {
    return new EngineLimits(
        mailboxMax,
        mailboxKeyMax,
        mailboxBytesMax,
        eventsMax,
        groupBytesMax,
        owedMax,
        performingMax);
  }

  /** Returns the same with other bounds of the mailbox. */
  public EngineLimits withMailbox(int eventsMax, int eventsKeyMax) {
    return new EngineLimits(
        eventsMax,
        eventsKeyMax,
        mailboxBytesMax,
        groupEventsMax,
        groupBytesMax,
        owedMax,
        performingMax);
  }
}
