/** Tests of a whole fleet: a hub and agents as they are shipped, over the hub's broker. */
@NullMarked
package dev.drover.deploy.fleet;

import org.jspecify.annotations.NullMarked;
