/**
 * What an agent measures, for a Prometheus on the device or in the house. Off unless configured;
 * then it costs some megabytes. Counts and sizes only: no name, no text, no answer.
 */
@NullMarked
package dev.drover.agent.metrics;

import org.jspecify.annotations.NullMarked;
