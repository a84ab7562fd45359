/** What a hub measures, for Prometheus. */
@NullMarked
package dev.drover.hub.metrics;

import org.jspecify.annotations.NullMarked;
