/** The agent's links and the hub's together, over real brokers. */
@NullMarked
package dev.drover.deploy.links;

import org.jspecify.annotations.NullMarked;
