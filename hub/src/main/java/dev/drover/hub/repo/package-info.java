/**
 * Published content on the hub: the chunks that operators uploaded, named by their hash, and the
 * part of them that the broker holds at the moment.
 *
 * <p>The broker is a bounded cache: a device subscribes to the chunks that it misses and asks for
 * those that did not come; the hub publishes a wanted chunk once, retained, and takes the least
 * recently wanted ones back when the byte budget is full. So hub and broker carry a chunk about
 * once for a group of devices that update in step, and no release has to fit into the broker.
 */
@NullMarked
package dev.drover.hub.repo;

import org.jspecify.annotations.NullMarked;
