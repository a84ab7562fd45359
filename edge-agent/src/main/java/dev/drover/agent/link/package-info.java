/**
 * The agent's two links to a broker: {@link dev.drover.agent.link.PahoControlLink}, always on, for
 * commands and reports, and {@link dev.drover.agent.link.HiveBulkLinks}, open only while chunks are
 * fetched.
 *
 * <p>Two clients, because bulk data must never hold up a command, because Eclipse Paho reads
 * payloads far slower than the HiveMQ client, and because that one keeps Netty's threads and
 * buffers. The known traps of Paho 1.2.5 are kept out of the way: nothing is called from its
 * callbacks, each connection has a client of its own, reconnecting is ours, its sockets are ours
 * (it would allocate whatever length a packet claims, and cannot connect to an IPv6 address over
 * TLS). See {@code docs/adr/0003-links-and-brokers.md}.
 */
@NullMarked
package dev.drover.agent.link;

import org.jspecify.annotations.NullMarked;
