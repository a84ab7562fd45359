/** The contract suite of brokers, and what tests need to run either kind. */
@NullMarked
package dev.drover.hub.link;

import org.jspecify.annotations.NullMarked;
