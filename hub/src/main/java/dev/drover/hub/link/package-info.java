/**
 * The hub's link to a broker: HiveMQ Community Edition embedded in this process, or any MQTT 5
 * broker outside it, behind one port.
 *
 * <p>{@link dev.drover.hub.link.EmbeddedBroker} runs the broker and takes part in it without a
 * client: devices' messages are taken out of it where they come in (so it never stores any), and
 * the hub's are put in where it would route them. {@link dev.drover.hub.link.MqttBrokerLink} is an
 * MQTT 5 client with the {@code hub} certificate for a broker elsewhere; {@link
 * dev.drover.hub.link.MosquittoConfig} writes the configuration that makes Mosquitto keep the same
 * rules. One contract suite runs against both. Neither is relied on for anything but carrying
 * bytes; see {@code docs/adr/0003-links-and-brokers.md}.
 */
@NullMarked
package dev.drover.hub.link;

import org.jspecify.annotations.NullMarked;
