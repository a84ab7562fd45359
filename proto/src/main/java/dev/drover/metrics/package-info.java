/**
 * Meters that hub and agent share, named by Prometheus' conventions: {@code drover_} and what is
 * measured, base units, {@code _total} for what only grows. No meter carries a name or content of a
 * user, and labels have few values.
 */
@NullMarked
package dev.drover.metrics;

import org.jspecify.annotations.NullMarked;
