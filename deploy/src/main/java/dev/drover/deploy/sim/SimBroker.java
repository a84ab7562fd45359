package dev.drover.deploy.sim;

import dev.drover.hub.core.BrokerLink;
import dev.drover.wire.Topic;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The broker and the network around it: sessions without memory, retained messages, last wills, and
 * everything that may happen to a message on its way.
 */
final class SimBroker {
  private static final long LATENCY_MS_MAX = 40;
  private static final long LATE_MS_MAX = 45_000;
  private static final long WILL_MS_MAX = 20_000;
  private static final int HISTORY_MAX = 200;

  private final SimWorld world;
  private final RandomGenerator random;
  private final Map<String, SimDeviceLink> sessions = new TreeMap<>();
  private final Map<String, byte[]> presence = new TreeMap<>();
  private final Map<String, byte[]> documents = new TreeMap<>();
  private final Map<String, Long> lastDueMs = new TreeMap<>();
  private final Set<String> cutOff = new HashSet<>();
  private final List<Packet> history = new ArrayList<>();
  private final Forger forger;
  private BrokerLink.@Nullable Listener hub;
  private int era;
  private boolean calm;

  /** A message on its way, up to the hub or down to a device. */
  private record Packet(boolean up, String device, Topic.Channel channel, byte[] payload) {
    String route() {
      return (up ? "up/" : "down/") + device;
    }
  }

  SimBroker(SimWorld world) {
    this.world = world;
    this.random = world.randomOf("broker");
    this.forger = new Forger(world.randomOf("forger"));
  }

  /** Stops to mistreat messages. */
  void calm() {
    calm = true;
    cutOff.clear();
    history.clear();
  }

  // ---------------------------------------------------------------------------------- the hub

  void hubConnected(BrokerLink.Listener listener) {
    hub = listener;
    listener.onConnected();
    presence.forEach(
        (device, payload) -> send(new Packet(true, device, Topic.Channel.PRESENCE, payload)));
  }

  void hubGone() {
    hub = null;
  }

  /** Takes what the hub publishes. */
  void fromHub(Topic topic, String name, byte[] payload, boolean retain) {
    if (topic instanceof Topic.OfDevice to) {
      send(new Packet(false, to.device(), to.channel(), payload));
    } else if (retain && payload.length > 0) {
      documents.put(name, payload);
    } else if (retain) {
      documents.remove(name);
    }
  }

  /** Returns what is retained on a topic of the repository, for a device that can be reached. */
  byte @Nullable [] retained(String device, String topic) {
    return reaches(device) ? documents.get(topic) : null;
  }

  /** Ends a device's connection, after its revocation. */
  void cut(String device) {
    SimDeviceLink link = sessions.get(device);
    if (link != null) {
      world.after(1, () -> lose(link));
    }
  }

  // ------------------------------------------------------------------------------ the devices

  /** Returns whether a device can connect now. */
  boolean reaches(String device) {
    return !cutOff.contains(device);
  }

  void connected(SimDeviceLink link) {
    sessions.put(link.device(), link);
  }

  boolean isConnected(SimDeviceLink link) {
    return sessions.get(link.device()) == link;
  }

  int connections() {
    return sessions.size();
  }

  /**
   * Takes what a device publishes.
   *
   * @return whether the broker acknowledges it, which proves nothing
   */
  boolean fromDevice(String device, Topic.Channel channel, byte[] payload) {
    if (channel == Topic.Channel.PRESENCE) {
      presence.put(device, payload);
    }
    return send(new Packet(true, device, channel, payload));
  }

  /** Notes that a device's process or connection is gone; its last will follows. */
  void gone(SimDeviceLink link) {
    if (!sessions.remove(link.device(), link)) {
      return;
    }
    if (roll(Fault.LOST_WILL)) {
      world.trace().line("broker keeps the will of %s", link.device());
      return;
    }
    byte[] will = link.will();
    int ofEra = era;
    world.after(
        100 + random.nextLong(WILL_MS_MAX),
        () -> {
          if (era == ofEra && !sessions.containsKey(link.device())) {
            boolean unused = fromDevice(link.device(), Topic.Channel.PRESENCE, will);
          }
        });
  }

  private void lose(SimDeviceLink link) {
    if (isConnected(link)) {
      gone(link);
      link.lost();
    }
  }

  // ----------------------------------------------------------------------------------- faults

  /** Cuts devices off for a while. */
  void partition(List<String> devices, long ms) {
    for (String device : devices) {
      cutOff.add(device);
      SimDeviceLink link = sessions.get(device);
      if (link != null) {
        lose(link);
      }
    }
    world.after(ms, () -> cutOff.removeAll(devices));
  }

  /** Ends every connection, and forgets whatever a broker remembers. */
  void forget() {
    era++;
    presence.clear();
    documents.clear();
    lastDueMs.clear();
    dropConnections();
    BrokerLink.Listener listener = hub;
    if (listener != null) {
      world.after(50, () -> world.hub().guard(() -> again(listener)));
    }
  }

  private void again(BrokerLink.Listener listener) {
    if (hub == listener) {
      hubConnected(listener);
    }
  }

  /** Ends every connection of a device at the same moment. */
  void dropConnections() {
    List.copyOf(sessions.values()).forEach(this::lose);
  }

  /** Brings messages again that passed some time ago. */
  void replay(int count) {
    for (int i = 0; i < count && !history.isEmpty(); i++) {
      Packet old = history.get(random.nextInt(history.size()));
      world.trace().line("broker replays %s %s", old.route(), old.channel());
      deliverAfter(old, 1 + random.nextLong(LATENCY_MS_MAX));
    }
  }

  private boolean roll(Fault fault) {
    return !calm && world.faults().roll(fault);
  }

  // --------------------------------------------------------------------------------- messages

  private boolean send(Packet packet) {
    remember(packet);
    if (!packet.up()) {
      forger.sees(packet.device(), packet.payload());
    }
    if (roll(Fault.FALSE_ACK)) {
      world.trace().line("broker takes and drops %s %s", packet.route(), packet.channel());
      return true;
    }
    if (roll(Fault.DROP)) {
      world.trace().line("lost %s %s", packet.route(), packet.channel());
      return false;
    }
    Packet sent = roll(Fault.FORGERY) ? forged(packet) : packet;
    long latencyMs = 1 + random.nextLong(LATENCY_MS_MAX);
    if (roll(Fault.DELAY)) {
      latencyMs += random.nextLong(LATE_MS_MAX);
    }
    if (!roll(Fault.REORDER)) {
      long dueMs = Math.max(world.nowMs() + latencyMs, lastDueMs.getOrDefault(sent.route(), 0L));
      lastDueMs.put(sent.route(), dueMs);
      latencyMs = dueMs - world.nowMs();
    }
    deliverAfter(sent, latencyMs);
    if (roll(Fault.DUPLICATE)) {
      deliverAfter(sent, latencyMs + random.nextLong(LATENCY_MS_MAX));
    }
    return true;
  }

  private void remember(Packet packet) {
    if (history.size() < HISTORY_MAX) {
      history.add(packet);
    } else {
      history.set(random.nextInt(HISTORY_MAX), packet);
    }
  }

  private Packet forged(Packet packet) {
    List<String> names = world.deviceNames();
    boolean misled = names.size() > 1 && random.nextInt(3) == 0;
    String device = misled ? names.get(random.nextInt(names.size())) : packet.device();
    byte[] bytes =
        misled
            ? packet.payload()
            : forger.forged(packet.up(), packet.device(), packet.channel(), packet.payload());
    world.trace().line("broker forges %s %s for %s", packet.route(), packet.channel(), device);
    return new Packet(packet.up(), device, packet.channel(), bytes);
  }

  private void deliverAfter(Packet packet, long ms) {
    int ofEra = era;
    world.after(
        ms,
        () -> {
          if (era == ofEra) {
            arrive(packet);
          }
        });
  }

  private void arrive(Packet packet) {
    if (packet.up()) {
      BrokerLink.Listener listener = hub;
      if (listener != null) {
        world.hub().whenAwake(() -> toHub(listener, packet));
      }
      return;
    }
    SimDeviceLink link = sessions.get(packet.device());
    if (link != null) {
      link.whenAwake(() -> toDevice(link, packet));
    }
  }

  private void toHub(BrokerLink.Listener listener, Packet packet) {
    if (hub != listener) {
      return;
    }
    if (packet.channel() == Topic.Channel.EVT) {
      world.ledger().arrivals().arrived(packet.device(), packet.payload());
    }
    world
        .trace()
        .line("hub gets %s %s", packet.device(), Words.up(packet.channel(), packet.payload()));
    world
        .hub()
        .guard(
            () -> {
              var unused =
                  listener.onDeviceMessage(
                      packet.device(), packet.channel(), packet.payload().clone());
            });
  }

  private void toDevice(SimDeviceLink link, Packet packet) {
    if (isConnected(link)) {
      world.trace().line("%s gets %s", packet.device(), Words.down(packet.payload()));
      link.arrived(packet.payload().clone());
    }
  }
}
