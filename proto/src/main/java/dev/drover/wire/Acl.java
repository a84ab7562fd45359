package dev.drover.wire;

import java.util.Optional;

/**
 * Who may publish and subscribe what: the exact rules, as pure code.
 *
 * <p>The embedded broker asks this class for each packet; the configuration of an external broker
 * is derived from the same rules. A device publishes only on its own evt, audit and presence,
 * retained only on presence, and subscribes only to its own cmd and to metadata by exact name. Its
 * bulk identity subscribes only to chunks by exact name. The hub may use everything under its
 * tenant's prefix. Everybody else, and everything else, is refused: no wildcards, no shared
 * subscriptions, no {@code $SYS}. Thread-safe, no state.
 */
public final class Acl {
  private static final int QOS_MAX = 1;

  private Acl() {}

  /**
   * Returns whether a client may publish.
   *
   * @param topic any text
   * @param qos 0 to 2; 2 is used by nobody
   */
  public static boolean mayPublish(Identity identity, String topic, boolean retain, int qos) {
    if (qos < 0 || qos > QOS_MAX) {
      return false;
    }
    Optional<Topic> parsed = ofTenant(identity, topic);
    if (parsed.isEmpty()) {
      return false;
    }
    return switch (identity.role()) {
      case HUB -> true;
      case DEVICE ->
          parsed.get() instanceof Topic.OfDevice t
              && t.device().equals(identity.name())
              && t.channel() != Topic.Channel.CMD
              && (!retain || t.channel() == Topic.Channel.PRESENCE);
      case BULK, OPERATOR, SERVER -> false;
    };
  }

  /**
   * Returns whether a client may subscribe.
   *
   * @param filter any text, as the client sent it
   */
  public static boolean maySubscribe(Identity identity, String filter) {
    if (identity.role() == Identity.Role.HUB) {
      return filter.startsWith(new Topics(identity.tenant()).prefix());
    }
    Optional<Topic> parsed = ofTenant(identity, filter);
    if (parsed.isEmpty()) {
      return false;
    }
    Topic topic = parsed.get();
    return switch (identity.role()) {
      case DEVICE ->
          topic instanceof Topic.OfRoot
              || topic instanceof Topic.OfTimestamp
              || topic instanceof Topic.OfMeta
              || (topic instanceof Topic.OfDevice t
                  && t.device().equals(identity.name())
                  && t.channel() == Topic.Channel.CMD);
      case BULK -> topic instanceof Topic.OfChunk;
      case HUB, OPERATOR, SERVER -> false;
    };
  }

  private static Optional<Topic> ofTenant(Identity identity, String name) {
    return Topics.parse(name).filter(topic -> topic.tenant().equals(identity.tenant()));
  }
}
